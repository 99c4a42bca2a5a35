"""Judges answers with the jsonschema package, which shares no line with the server.

Some things the package leaves open are settled here: JSON is read strictly (no NaN, no name twice, no number that a
double cannot hold); patterns are ECMAScript, as the specification wants, so an ECMAScript engine runs them; and a
multiple is a multiple of the decimals that were written, not of their nearest doubles.

In two formats the package is mistaken, and they are judged here: it knows no digit behind a nought in a relative JSON
pointer (101/a), and no prefix of four digits in a URI template ({a:1000}), against the grammar of RFC 6570.
"""

import json
import math
import re
from decimal import Context, Decimal, localcontext
from functools import lru_cache

import jsonschema_specifications
import regress
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, _keywords, _legacy_keywords, _utils, validators


class Ecma:
    """The one function of Python's `re` that the package uses, for ECMAScript."""

    error = regress.RegressError

    @staticmethod
    @lru_cache(maxsize=10_000)
    def compile(pattern):
        try:
            return regress.Regex(pattern, "u")
        except regress.RegressError:
            return regress.Regex(pattern)

    @staticmethod
    def search(pattern, text):
        return Ecma.compile(pattern).find(text)


for module in (_keywords, _legacy_keywords, _utils):
    module.re = Ecma


def multiple_of(validator, divisor, instance, _schema):
    if not validator.is_type(instance, "number"):
        return
    with localcontext(Context(prec=700)):
        if Decimal(repr(instance)) % Decimal(repr(divisor)):
            yield ValidationError(f"{instance!r} is not a multiple of {divisor}")


def one_name_each(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name comes twice among {names}")
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is not JSON")


def finite(text):
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large for a double")
    return number


def read(text):
    return json.loads(text, parse_constant=no_constant, parse_float=finite, object_pairs_hook=one_name_each)


POINTER = regress.Regex("^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)$", "u")
LONG_PREFIX = re.compile(r":[1-9][0-9]{3}(?=[,}])")


def formats_of(draft):
    theirs = draft.FORMAT_CHECKER
    ours = FormatChecker(())
    ours.checkers = dict(theirs.checkers)
    if "relative-json-pointer" in theirs.checkers:
        ours.checks("relative-json-pointer")(lambda text: not isinstance(text, str) or POINTER.find(text) is not None)
    if "uri-template" in theirs.checkers:
        ours.checks("uri-template")(
            lambda text: not isinstance(text, str) or theirs.conforms(LONG_PREFIX.sub(":1", text), "uri-template")
        )
    return ours


class Judge:
    """Says what is wrong with documents, by the draft the schema names, with formats."""

    def __init__(self, schema):
        draft = validators.validator_for(schema, default=Draft202012Validator)
        strict = validators.extend(draft, {"multipleOf": multiple_of})
        self.validator = strict(schema, format_checker=formats_of(draft), registry=jsonschema_specifications.REGISTRY)

    def faults(self, text):
        try:
            document = read(text)
        except ValueError as error:
            return [f"not strict JSON: {error}"]
        return [f"{error.json_path}: {error.message[:300]}" for error in self.validator.iter_errors(document)]
