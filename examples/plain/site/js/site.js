const clock = document.querySelector('#clock');
clock.textContent = `This page was opened at ${new Date().toLocaleTimeString()}.`;
