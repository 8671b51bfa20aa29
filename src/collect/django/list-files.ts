/**
 * What runs inside the project's own Python. Its first argument is JSON: `manage` (absolute path of manage.py), `settings` (or null),
 * `ignore` (patterns) and `defaultIgnore`. It runs manage.py as `python manage.py collectstatic` would, up to the point where Django
 * would execute the command, then lists instead. What settings print goes to stderr; stdout carries one JSON document, either
 * `{"files": [[path, file], …], …}` or `{"error": kind, "message": text}`. Works with Python 3.6 and Django 3.2 upwards. Writes nothing.
 */
export const listFilesScript = `
import importlib.util, json, os, runpy, stat, sys

out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
request = json.loads(sys.argv[1])

def finish(document):
    # Not json.dump, which encodes piece by piece in Python.
    out.write(json.dumps(document))
    out.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

def fail(kind, message):
    finish({"error": kind, "message": message})

def listed(patterns):
    from django.contrib.staticfiles.finders import get_finders
    from django.core.files.storage import FileSystemStorage
    files, special = [], []
    for finder in get_finders():
        # What Django's own finders list lies in the folder that they list: no need for the storage's slow look at each name.
        stock = type(finder).__module__ == "django.contrib.staticfiles.finders"
        seen = location = None
        for path, storage in finder.list(patterns):
            if storage is not seen:
                seen, prefix = storage, getattr(storage, "prefix", None)
                plain = stock and type(storage).path is FileSystemStorage.path
                location = os.path.join(storage.location, "") if plain else None
            destination = (os.path.join(prefix, path) if prefix else path).replace(os.sep, "/")
            try:
                file = location + path if location else os.path.abspath(storage.path(path))
            except NotImplementedError:
                fail("remote", "%s lists %s, which is no file on this machine" % (type(finder).__name__, path))
            mode = os.lstat(file).st_mode
            if stat.S_ISLNK(mode):
                target = os.path.realpath(file)
                if not os.path.exists(target):
                    fail("link", file)
                file, mode = os.path.abspath(target), os.stat(target).st_mode
            if stat.S_ISREG(mode):
                files.append([destination, file])
            else:
                special.append(file)
    return files, special

def backend(settings):
    """The class of the static files storage, by its dotted path. It is not made: some connect, or read a manifest, when they are."""
    configured = getattr(settings, "STORAGES", None) or {}
    path = configured.get("staticfiles", {}).get("BACKEND") or getattr(settings, "STATICFILES_STORAGE", None)
    if not path:
        return None, None
    from django.utils.module_loading import import_string
    cls = import_string(path)
    from django.contrib.staticfiles import storage as stock, utils
    if isinstance(cls, type) and issubclass(cls, stock.StaticFilesStorage):
        # What it looks at when it is made: that media files are kept apart, for one.
        base = configured.get("staticfiles", {}).get("OPTIONS", {}).get("base_url")
        if base or settings.STATIC_URL:
            utils.check_settings(base)
    return path, cls

# Whoever overrides one of these makes other names or other bytes than Django.
METHODS = ("file_hash", "hash_key", "hashed_name", "url_converter", "_url", "_stored_name", "post_process", "_post_process")
KNOWN = ("django.", "whitenoise.", "storages.")

def describe(path, cls):
    from django.contrib.staticfiles import storage as stock
    if cls is None or not issubclass(cls, stock.HashedFilesMixin):
        return {"storage": path, "jsModules": False, "custom": []}
    custom = []
    for name in METHODS:
        owner = next((one for one in cls.__mro__ if name in vars(one)), None)
        if owner is not None and not (owner.__module__ + ".").startswith(KNOWN):
            custom.append(name)
    mixin = stock.HashedFilesMixin
    js = bool(getattr(cls, "support_js_module_import_aggregation", False))
    plain = getattr(mixin, "patterns", ())
    with_js = plain
    if js and hasattr(mixin, "_js_module_import_aggregation_patterns"):
        with_js = plain + (mixin._js_module_import_aggregation_patterns,)
    if getattr(cls, "patterns", ()) not in (plain, with_js):
        custom.append("patterns")
    return {"storage": path, "jsModules": js, "custom": custom}

collecting = False

def collect():
    global collecting
    collecting = True
    import django
    from django.conf import settings
    if request["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    django.setup()
    from django.apps import apps
    if not apps.is_installed("django.contrib.staticfiles"):
        fail("no-staticfiles", os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    # As collectstatic does first: STATICFILES_DIRS that is one string would be a list of letters, "/" among them.
    from django.core.checks import Tags
    from django.core.management.base import BaseCommand
    BaseCommand().check(tags=[Tags.staticfiles])
    patterns = list(request["ignore"])
    if request["defaultIgnore"]:
        patterns += apps.get_app_config("staticfiles").ignore_patterns
    patterns = list({os.path.normpath(one) for one in patterns})
    files, special = listed(patterns)
    document = {
        "version": django.get_version(),
        "staticUrl": str(settings.STATIC_URL) if settings.STATIC_URL else None,
        "files": files,
        "special": special,
    }
    document.update(describe(*backend(settings)))
    finish(document)

def take_over(module):
    """No command runs, whichever way manage.py starts it; those that an application needs while it is set up do."""
    module.ManagementUtility.execute = lambda self: collect()
    execute = module.BaseCommand.execute
    def replaced(self, *args, **options):
        return execute(self, *args, **options) if collecting else collect()
    module.BaseCommand.execute = replaced

class Watcher:
    """Takes Django's command line over when manage.py imports it, since manage.py may first say where Django is."""
    name = "django.core.management"
    busy = False

    def find_spec(self, name, path=None, target=None):
        if name != self.name or self.busy:
            return None
        self.busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy = False
        if spec is not None:
            load = spec.loader.exec_module
            def exec_module(module):
                load(module)
                take_over(module)
            spec.loader.exec_module = exec_module
        return spec

def is_django_missing(error):
    while error is not None:
        if isinstance(error, ImportError) and error.name == "django":
            return True
        error = error.__cause__ or error.__context__
    return False

sys.meta_path.insert(0, Watcher())
sys.argv = [request["manage"], "collectstatic", "--noinput"]
if request["settings"]:
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    sys.argv.append("--settings=" + request["settings"])
if sys.path[:1] == [""]:
    del sys.path[0]
sys.path.insert(0, os.path.dirname(request["manage"]))
try:
    runpy.run_path(request["manage"], run_name="__main__")
except ImportError as error:
    if not is_django_missing(error):
        raise
    fail("no-django", sys.executable)
fail("no-command", request["manage"])
`;
