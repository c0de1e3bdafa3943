#!/usr/bin/python3
"""Validates reports against the schema, and again with every unknown field forbidden.

usage: validate.py SCHEMA POINTER FILE...

POINTER names the subschema: '#' for a report, '#/$defs/line' for the lines of NDJSON, each of
which is an instance. Prints each violation; the exit status is 1 if there is any.
"""
import json
import sys

from jsonschema import Draft202012Validator


def resolve(root, pointer):
    schema = root
    for part in pointer.lstrip("#/").split("/") if pointer != "#" else []:
        schema = schema[part]
    return schema


def inlined(root, schema, sealed=False, seal=False):
    """The schema without references; sealed, its objects have no fields but those it names."""
    result = {**resolve(root, schema["$ref"]), **schema} if "$ref" in schema else dict(schema)
    result.pop("$ref", None)
    result.pop("$defs", None)
    if "properties" in result:
        result["properties"] = {
            name: inlined(root, field, sealed, sealed)
            for name, field in result["properties"].items()
        }
        if seal:
            result["unevaluatedProperties"] = False
    if "items" in result:
        result["items"] = inlined(root, result["items"], sealed, sealed)
    for key in ("anyOf", "oneOf"):
        if key in result:
            result[key] = [inlined(root, choice, sealed, seal) for choice in result[key]]
    if "allOf" in result:
        # The parts of one object: none of them knows the fields of the others.
        result["allOf"] = [inlined(root, part, sealed, False) for part in result["allOf"]]
    return result


def without_duplicates(pairs):
    """The object of a list of fields, none of which may come twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a field comes twice: {names}")
    return dict(pairs)


def main():
    schema_path, pointer, *paths = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        root = json.load(file)
    Draft202012Validator.check_schema(root)
    chosen = resolve(root, pointer)
    schemas = [("", inlined(root, chosen)), ("sealed: ", inlined(root, chosen, True, True))]
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        instances = [text] if pointer == "#" else text.splitlines()
        for number, instance in enumerate(instances, 1):
            instance = json.loads(instance, object_pairs_hook=without_duplicates)
            for name, schema in schemas:
                for error in Draft202012Validator(schema).iter_errors(instance):
                    failed = True
                    where = "/".join(map(str, error.absolute_path))
                    print(f"{name}{path}: document {number}: /{where}: {error.message[:300]}")
                    for cause in error.context or []:
                        print(f"    {cause.message[:300]}")
    return 1 if failed else 0


sys.exit(main())
