"""Reads cases as JSON from stdin and prints what the installed Django makes of each: its hashed files, or its error.

A case: {"files": [[path, base64], ...] in the order of collection, "static_url": text, "js": whether modules are rewritten}.
"""
import base64
import json
import os
import shutil
import sys
import tempfile

import django
from django.conf import settings

settings.configure(STATIC_URL="/static/", STATIC_ROOT="/nonexistent", MEDIA_URL="/media/", INSTALLED_APPS=["django.contrib.staticfiles"])
django.setup()

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.test.utils import override_settings  # noqa: E402


class WithModules(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


def outcome(case, source, root):
    names = []
    for path, body in case["files"]:
        file = os.path.join(source, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as stream:
            stream.write(base64.b64decode(body))
        names.append(path)
    with override_settings(STATIC_URL=case["static_url"]):
        try:
            files = FileSystemStorage(location=source)
            storage = (WithModules if case["js"] else ManifestStaticFilesStorage)(location=root)
            found = {}
            for name in names:
                with files.open(name) as stream:
                    storage.save(name, stream)
                found[name] = (files, name)
            for _, _, processed in storage.post_process(found):
                if isinstance(processed, Exception):
                    raise processed
        except Exception as error:
            return {"error": type(error).__name__, "message": str(error)}
        made = {}
        for folder, _, entries in os.walk(root):
            for entry in entries:
                file = os.path.join(folder, entry)
                with open(file, "rb") as stream:
                    made[os.path.relpath(file, root)] = base64.b64encode(stream.read()).decode()
        manifest = made.pop("staticfiles.json")
        return {"files": made, "manifest": base64.b64decode(manifest).decode()}


def main():
    outcomes = []
    for case in json.load(sys.stdin):
        folder = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        try:
            root = os.path.join(folder, "root")
            os.mkdir(root)
            outcomes.append(outcome(case, os.path.join(folder, "source"), root))
        finally:
            shutil.rmtree(folder)
    json.dump({"version": django.get_version(), "outcomes": outcomes}, sys.stdout)


main()
