"""Atlassian's OpenAPI document as a judge of single requests and answers.

The simulator's answers and the client's requests are both held to it. Requests are judged strictly
(an unknown member or query parameter is a mistake of ours). Answers are judged for required
members and types only: real answers carry members that the document does not list
(`untranslatedName`, `entityId`, `isLooped`), so unknown ones are let pass.

Not judged, because the document does not describe them: the OAuth endpoints, the gateway's own
refusals, rate limits and server errors (any status from 400 that an operation does not list).
"""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
DEFAULT_PLACE: Final = ROOT.parent / "shared" / "reference" / "jira-openapi.json"
GATEWAY_PREFIX: Final = re.compile(r"^/ex/jira/[^/]+(?=/)")
FIRST_REFUSAL: Final = 400

TEXT_OF_TYPE: Final[dict[str, re.Pattern[str]]] = {
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "boolean": re.compile(r"true|false"),
}


class OpenApiMismatchError(AssertionError):
    """A request or an answer that Atlassian's document does not allow."""


def find_document() -> Path | None:
    """Where the document lies (`HELPDESK_OPENAPI` decides), or None where it is absent."""
    place = Path(os.environ.get("HELPDESK_OPENAPI") or DEFAULT_PLACE)
    return place if place.is_file() else None


class Operation:
    """One method on one path template of the document."""

    def __init__(self, method: str, template: str, description: Mapping[str, Any]) -> None:
        self.method = method
        self.template = template
        self.description = description

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.template}"

    @property
    def operation_id(self) -> str:
        return str(self.description["operationId"])

    @property
    def pointer(self) -> str:
        return _pointer("paths", self.template, self.method)

    @property
    def classic_scopes(self) -> frozenset[str]:
        """The classic OAuth scopes that the operation demands, as the document lists them."""
        for choice in self.description.get("x-atlassian-oauth2-scopes", ()):
            if choice.get("state") == "Current" and choice.get("scheme") == "OAuth2":
                scopes = frozenset(map(str, choice["scopes"]))
                if all(scope.count(":") == 1 for scope in scopes):
                    return scopes
        if "x-atlassian-oauth2-scopes" in self.description:
            return frozenset()
        secured = self.description.get("security", ())  # all that it tells of the data policies
        return frozenset(scope for choice in secured for scope in choice.get("OAuth2", ()))

    @property
    def can_be_blocked(self) -> bool:
        """Whether an organization's app access rule on a project reaches this operation."""
        return any(not each["app-access-rule-exempt"] for each in self.description["x-atlassian-data-security-policy"])


class OpenApiDocument:
    """The document, ready to judge; load it once per test session."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._operations = list(_operations(content))

    @classmethod
    def load(cls, place: Path) -> OpenApiDocument:
        return cls(json.loads(place.read_text(encoding="utf-8")))

    def operation(self, method: str, path: str) -> Operation:
        """Find the operation for a call; the gateway's `/ex/jira/<cloudid>` may lead the path."""
        path = GATEWAY_PREFIX.sub("", path.partition("?")[0])
        matches = [
            operation
            for operation in self._operations
            if operation.method == method.lower() and _fits(operation.template, path)
        ]
        if not matches:
            raise OpenApiMismatchError(f"{method} {path}: the document knows no such operation")
        return min(matches, key=lambda operation: operation.template.count("{"))

    def check_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | Sequence[str]] | None = None,
        body: object = None,
    ) -> None:
        """Raise OpenApiMismatchError unless the call is one that the document allows."""
        operation = self.operation(method, path)
        _check_query(operation, query or {})
        declared = operation.description.get("requestBody")
        if declared is None:
            if body is not None:
                raise OpenApiMismatchError(f"{operation} takes no body")
            return
        if body is None:
            if declared.get("required"):
                raise OpenApiMismatchError(f"{operation} needs a body")
            return
        pointer = operation.pointer + _pointer("requestBody", "content", "application/json", "schema")
        _judge(self._strict, pointer, body, f"body of {operation}")

    def check_response(self, method: str, path: str, status: int, body: object = None) -> None:
        """Raise OpenApiMismatchError unless the answer is one that the document allows.

        `body` is the parsed JSON, or None for an answer without a body.
        """
        operation = self.operation(method, path)
        declared = operation.description["responses"].get(str(status))
        if declared is None:
            if status >= FIRST_REFUSAL:
                return
            raise OpenApiMismatchError(f"{operation} is not documented to answer {status}")
        schema = declared.get("content", {}).get("application/json", {}).get("schema")
        if not schema:
            return
        pointer = operation.pointer + _pointer("responses", str(status), "content", "application/json", "schema")
        _judge(self._tolerant, pointer, body, f"answer {status} to {operation}")

    @cached_property
    def _strict(self) -> Registry[Any]:
        return _registry(self._content)

    @cached_property
    def _tolerant(self) -> Registry[Any]:
        return _registry(_without_closed_objects(self._content))


DOCUMENT_URI: Final = "urn:jira-openapi"


def _registry(content: object) -> Registry[Any]:
    empty: Registry[Any] = Registry()
    filled: Registry[Any] = empty.with_resource(DOCUMENT_URI, Resource.opaque(content))
    return filled


def _judge(registry: Registry[Any], pointer: str, value: object, what: str) -> None:
    validator = OAS30Validator({"$ref": f"{DOCUMENT_URI}#{pointer}"}, registry=registry)
    errors = [
        f"{'/'.join(map(str, error.absolute_path)) or 'whole'}: {error.message[:300]}"
        for error in validator.iter_errors(value)
    ]
    if errors:
        raise OpenApiMismatchError(f"{what}: " + "; ".join(errors))


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    for template, methods in content["paths"].items():
        for method in ("get", "post", "put", "delete", "patch"):
            if method in methods:
                yield Operation(method, template, methods[method])


def _fits(template: str, path: str) -> bool:
    ours, theirs = path.strip("/").split("/"), template.strip("/").split("/")
    return len(ours) == len(theirs) and all(
        part.startswith("{") or part == mine for mine, part in zip(ours, theirs, strict=True)
    )


def _check_query(operation: Operation, query: Mapping[str, str | Sequence[str]]) -> None:
    parameters = {
        parameter["name"]: parameter
        for parameter in operation.description.get("parameters", ())
        if parameter["in"] == "query"
    }
    unknown = sorted(set(query) - set(parameters))
    if unknown:
        raise OpenApiMismatchError(f"{operation} knows no query parameter {', '.join(unknown)}")
    for name, parameter in parameters.items():
        if name in query:
            _check_parameter(operation, name, parameter["schema"], query[name])
        elif parameter.get("required"):
            raise OpenApiMismatchError(f"{operation} needs the query parameter {name}")


def _check_parameter(operation: Operation, name: str, schema: Mapping[str, Any], given: str | Sequence[str]) -> None:
    values = [given] if isinstance(given, str) else list(given)
    of_one = schema
    if schema.get("type") == "array":
        of_one = schema["items"]
    elif len(values) != 1:
        raise OpenApiMismatchError(f"{operation}: {name} may be given once only")
    pattern = TEXT_OF_TYPE.get(of_one.get("type", ""))
    for value in values:
        if pattern is not None and not pattern.fullmatch(value):
            raise OpenApiMismatchError(f"{operation}: {name}={value} is no {of_one['type']}")
        if "enum" in of_one and value not in of_one["enum"]:
            raise OpenApiMismatchError(f"{operation}: {name}={value} is none of {of_one['enum']}")


def _pointer(*parts: str) -> str:
    """A JSON pointer, escaped for a URI fragment (templates hold slashes and braces)."""
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    text = "/" + "/".join(escaped)
    return text.replace("{", "%7B").replace("}", "%7D")


def _without_closed_objects(node: Any) -> Any:
    """The same document with `additionalProperties: false` taken out everywhere."""
    if isinstance(node, dict):
        return {
            key: _without_closed_objects(value)
            for key, value in node.items()
            if not (key == "additionalProperties" and value is False)
        }
    if isinstance(node, list):
        return [_without_closed_objects(item) for item in node]
    return node
