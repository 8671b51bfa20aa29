import os
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-this-example")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "catalog"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# Written by `waybill deploy`; source .env.cdn before the application starts.
STATIC_URL = os.environ.get("CDN_URL", "/static/")
STATIC_ROOT = BASE_DIR / "deploy"  # holds staticfiles.json, written by `waybill deploy`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
# What Django below 4.2 reads in its place.
if django.VERSION < (4, 2):
    STATICFILES_STORAGE = STORAGES["staticfiles"]["BACKEND"]
