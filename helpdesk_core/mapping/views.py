"""The pages of projects in use and of the mapping board."""

from flask import Blueprint

blueprint = Blueprint("mapping", __name__, template_folder="templates")
