"""Snippets that try every builtin of jinja2 on values of every kind, and what is rarely written by hand.

make.py renders them; matrix.json holds what Python makes of them.
"""

VALUES = [
    "''", "'hello World'", "'  a-b c\\n\\td '", "'<a href=\"x\">T & \\'q\\'</a> <!-- c --> x'", "'é Straße ﬁ ǆ İ 🙂'", "'12'", "'-3.75'",
    "0", "7", "-12345", "123456789012345678901", "2.5", "-0.0", "1e20", "true", "none", "missing",
    "[]", "[3, 1, 2]", "['b', 'A', 'c', 'a']", "[1, 'a', none]", "[[1, 2], [3]]", "(1, 2)", "('a',)", "{}", "{'b': 1, 'a': 2}",
    "{'k': 'v<&>', 'n': none, 'u': missing}", "[{'n': 2, 's': 'x'}, {'n': 1, 's': 'Y'}]", "range(3)", "('<b>'|safe)", "namespace(a=1)",
    "messages[1]", "tool",
]

FILTERS = [
    "abs", "attr('n')", "attr('upper')", "batch(2)|list", "batch(2, 'x')|list", "capitalize", "center", "center(30)", "count", "default('d')", "default('d', true)", "d", "dictsort",
    "dictsort(true)", "dictsort(false, 'value')", "dictsort(reverse=true)", "e", "escape", "filesizeformat",
    "filesizeformat(true)", "first", "float", "float(1.5)", "forceescape", "format(1)", "groupby('n')", "groupby('s', default='z')", "groupby('s', case_sensitive=true)",
    "indent", "indent(2, true, true)", "int", "int(9)", "int(9, 16)", "items|list", "join", "join('-')", "join(', ', 'n')", "last", "length", "list", "lower", "map('upper')|list",
    "map(attribute='n')|list", "map(attribute='n', default=0)|list", "max", "max(case_sensitive=true)", "max(attribute='n')", "min",
    "min(attribute='s')", "pprint", "random is defined", "reject|list", "reject('none')|list", "rejectattr('n')|list",
    "replace('a', 'X')", "replace('a', '<', 1)", "reverse|list", "reverse", "round", "round(1)", "round(1, 'ceil')", "round(-2, 'floor')",
    "safe", "select|list", "select('string')|list", "selectattr('n', 'gt', 1)|list", "slice(2)|list", "slice(2, 'f')|list", "sort", "sort(true)", "sort(case_sensitive=true)",
    "sort(attribute='n')", "sort(attribute='s,n')", "string", "striptags", "sum", "sum('n')", "sum(start=1)", "title", "trim", "trim('a')", "truncate(5)", "truncate(5, true)",
    "truncate(7, false, '~', 0)", "unique|list", "unique(true)|list", "unique(attribute='n')|list", "upper", "urlencode", "urlize", "urlize(10)", "wordcount", "wordwrap(5)",
    "wordwrap(3, false)", "wordwrap(4, true, '|')", "xmlattr", "xmlattr(false)", "tojson", "tojson(indent=2)", "tojson(sort_keys=true)", "e|e", "safe|e", "string|length", "tojson|safe",
]

TESTS = [
    "boolean", "callable", "defined", "divisibleby 3", "eq 7", "equalto('')", "escaped", "even", "false", "filter", "float", "ge 1", "greaterthan 1", "gt 1", "in [7, 'a', none]", "in 'hello World'",
    "integer", "iterable", "le 2", "lessthan 2", "lower", "lt 2", "mapping", "ne 7", "none", "number", "odd", "sameas none", "sameas true", "sequence", "string", "test", "true", "undefined", "upper",
    "not none", "not defined", "sameas missing",
]

OPERATORS = [
    "V + 1", "1 + V", "V + V", "V - 1", "V * 2", "2 * V", "V / 2", "V // 2", "V % 2", "V ** 2", "-V", "+V", "V == V", "V < 1", "V < V", "V <= 'a'", "V in [1, V]", "1 in V", "'a' in V", "V ~ V", "V[0]",
    "V[-1]", "V['a']", "V.a", "V[1:]", "V[::-1]", "V[:-1]", "V[none:1]", "V and 1", "V or 1", "not V", "[V, V]", "{'k': V}", "(V,)", "V if V else 'no'", "V is defined and V", "V == none", "V != 7",
    "V | length + 1", "V['x' ~ 1]", "V[0:2:1]", "V()", "V.n", "V[true]", "V[1.0]",
]

TEXTS = ["''", "'abc'", "'Hello wORLD foo'", "'  pad\\t'", "'a,b,,c'", "'123'", "'½²٣'", "'ß ﬁ İ ŉ'", "'x\\ny\\r\\nz\\x0b\\x1cw\\u2028'", "'a\\tb\\tc'", "'Ünï Çödé'", "'_id1'", "'if'", "'Title Case'", "'+42'", "'🙂a'", "'--7'", "'aXbXc'"]

METHODS = [
    "capitalize()", "casefold()", "center(9)", "center(10, '*')", "count('a')", "count('')", "count('b', 1)", "count('c', -3, -1)", "encode()", "encode('utf-8') | length", "endswith('c')",
    "endswith(('o', 'c'))", "endswith('b', 0, 2)", "endswith('')", "expandtabs()", "expandtabs(4)", "expandtabs(0)", "expandtabs(tabsize=2)", "find('b')", "find('')", "find('c', 2)",
    "find('a', -2)", "find('a', 1, 3)", "find('', 99)", "format(1)", "format_map({})", "index('a')", "index('a', 0, none)", "isalnum()", "isalpha()", "isascii()", "isdecimal()", "isdigit()",
    "isidentifier()", "islower()", "isnumeric()", "isprintable()", "isspace()", "istitle()", "isupper()", "join(['x', 'y'])", "join('')", "join([1])", "ljust(8)", "ljust(8, '.')", "lower()", "lstrip()",
    "lstrip('aH ')", "maketrans('ab', 'xy')", "partition(' ')", "partition(',')", "partition('')", "removeprefix('a')", "removeprefix('')", "removesuffix('c')", "replace('a', 'b')", "replace('b', '', 1)", "replace('', '-', 2)",
    "rfind('b')", "rfind('')", "rfind('b', 0, 2)", "rindex('b')", "rjust(8)", "rjust(8, '🙂')", "rpartition(' ')", "rsplit()", "rsplit(',')", "rsplit(' ', 1)", "rsplit(none, 1)",
    "rsplit(sep=',', maxsplit=1)", "rstrip()", "rstrip('c\\t')", "split()", "split(',')", "split('')", "split(' ', 1)", "split(none, 1)", "split(sep='b')", "splitlines()", "splitlines(true)",
    "splitlines(keepends=true)", "startswith('a')", "startswith(('x', 'H'))", "startswith('b', 1)", "startswith('', 99)", "startswith(())", "strip()", "strip('ac')", "strip(none)", "swapcase()", "title()", "translate({97: 'X'})",
    "translate({97: none, 98: 66})", "upper()", "zfill(8)", "zfill(0)", "nope()", "nope", "__class__", "_private", "upper", "__len__()", "split",
]

LOOPS = [
    "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem", "cycle('a', 'b')", "changed(x)", "nope", "cycle()", "changed()",
]

STRFTIME = "aAbBcCdDeFgGhHIjklmMnpPrRsSTtuUVwWxXyYzZ%f"

SNIPPETS = r"""
{% block a %}in{% endblock %}
{% block a %}in{% endblock a %}
{% block a %}{% block b %}x{% endblock %}{% endblock %}|
{% block a scoped %}x{% endblock %}
{% block a required %}{% endblock %}
{% block a %}x{% endblock b %}
{% block a %}1{% endblock %}{{ self.a() }}
{% block a %}x{% endblock %}{% block a %}y{% endblock %}
{% set x = 1 %}{% block a %}{{ x }}{% endblock %}
{% for i in [1, 2] %}{% block a %}{{ i }}{% endblock %}{% endfor %}
{% for i in [1, 2] %}{% block a scoped %}{{ i }}{{ loop.index }}{% endblock %}{% endfor %}
{% block a %}{% set y = 2 %}{{ y }}{% endblock %}{{ y }}
{% block a %}{{ super() }}{% endblock %}
{{ self.nope() }}
{% block a %}{{ self.b() }}{% endblock %}{% block b %}B{% endblock %}
{% if false %}{% block a %}x{% endblock %}{% endif %}|{{ self.a() }}
{% macro m() %}{% block a %}x{% endblock %}{% endmacro %}{{ m() }}
{% autoescape true %}{{ '<b>' }}{% endautoescape %}{{ '<b>' }}
{% autoescape true %}{{ '<b>'|safe }}{{ '<i>'|e }}{{ 1 }}{{ none }}{{ ['<'] }}{% endautoescape %}
{% autoescape false %}{{ '<b>' }}{% endautoescape %}
{% autoescape true %}{% autoescape false %}{{ '<b>' }}{% endautoescape %}{{ '<i>' }}{% endautoescape %}
{% autoescape true %}{% set x %}<b>{{ '<i>' }}{% endset %}{{ x }}{% endautoescape %}{{ x }}
{% autoescape true %}{{ '<a>' ~ '<b>'|safe }}{{ '<' + ('&'|safe) }}{% endautoescape %}
{% autoescape true %}{% macro m(x) %}<p>{{ x }}</p>{% endmacro %}{{ m('<i>') }}{% endautoescape %}{{ m('<i>') }}
{% macro m(x) %}<p>{{ x }}</p>{% endmacro %}{% autoescape true %}{{ m('<i>') }}{% endautoescape %}
{% autoescape true %}{{ ['<a>', '<b>'|safe]|join('&') }}{{ '<x>'|upper }}{{ '<x>'|replace('x', '<') }}{{ '<b>'|tojson }}{% endautoescape %}
{% autoescape true %}{% filter upper %}<b>{{ '<i>' }}{% endfilter %}{% endautoescape %}
{% autoescape true %}{% call(x) m2() %}{{ x }}{% endcall %}{% endautoescape %}
{% autoescape true %}{{ {'a': '<'}|xmlattr }}{{ 'x y'|urlize }}{{ '<u>'|indent }}{{ '<u>a</u>'|striptags }}{{ '<'|forceescape }}{% endautoescape %}
{% autoescape 1 %}{{ '<' }}{% endautoescape %}{% autoescape missing %}{{ '<' }}{% endautoescape %}
{% autoescape true %}{{ missing }}{{ missing or '<' }}{{ '<' if true }}{% endautoescape %}
{% autoescape true %}{{ '%s'|safe|format('<') }}{{ ('%s'|safe) % '<' }}{{ ('{}'|safe).format('<') }}{% endautoescape %}
{{ ('<b>'|safe).upper() }}{{ ('a<'|safe) + '<' }}{{ '<' + ('a'|safe) }}{{ ('<'|safe) * 2 + '&' }}{{ ('<,>'|safe).split(',') }}{{ ('-'|safe).join(['<', '>']) }}
{{ ('<b>'|safe)|length }}{{ ('<b>x</b>'|safe).striptags() }}{{ ('&lt;'|safe).unescape() }}{{ '<'|e|string }}{{ '<'|e|e }}{{ '<'|e|forceescape }}
{{ [('<'|safe)] }}{{ ('<'|safe)|list }}{{ ('a'|safe) == 'a' }}{{ ('<'|safe) ~ '<' }}{{ {'a': '<'|safe} }}{{ ('<'|safe)|tojson }}
{% include 'x' %}
{% include 'x' ignore missing %}|
{% include ['x', 'y'] ignore missing with context %}|
{% import 'x' as y %}
{% from 'x' import y %}
{% from 'x' import y as z, w with context %}
{% extends 'x' %}
{% extends none %}
{% if false %}{% include 'x' %}{% endif %}ok
{% if false %}{% extends 'x' %}{% endif %}ok
{% if false %}{% import 'x' as y %}{% endif %}ok
{% do x %}
{% debug %}
{% trans %}x{% endtrans %}
{% nope %}
{% endfor %}
{% for x in [1] %}{% endif %}
{% if true %}
{{ 1|nope }}
{{ 1 is nope }}
{{ nope() }}
{% if false %}{{ 1|nope }}{% endif %}
{% if false %}{{ nope() }}{% endif %}ok
{{ ['a']|map('nope')|list }}
{{ ['a']|select('nope')|list }}
{{ 'a'|attr('nope') }}|
{% if 'nope' is filter %}{{ 1|nope }}{% endif %}ok
{% set ns = namespace(a=1, b='x') %}{{ ns.a }}{% set ns.c = 3 %}{{ ns.c }}{{ ns['a'] }}{{ ns.nope }}|{{ ns }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}
{% set ns = namespace() %}{% set ns.x, ns.y = 1, 2 %}{{ ns.x }}{{ ns.y }}
{% set x.y = 1 %}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (c, d) = [3, 4] %}{{ c }}{{ d }}{% set e = 1, %}{{ e }}
{% set a, b = [1] %}
{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}
{% set x %}a{{ 1 }}b{% endset %}{{ x }}{% set y | upper | replace('A', 'z') %}abc{% endset %}{{ y }}
{% set x = 5 %}{% with %}{% set x = 6 %}{{ x }}{% endwith %}{{ x }}{% with a=1, b=x %}{{ a }}{{ b }}{% endwith %}
{% with a=1, b=a %}{{ b }}{% endwith %}|{% with a, b = 1, 2 %}{{ a }}{% endwith %}
{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 3, z=4) }}{{ m(1, 2, 3, 4, 5) }}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}|{{ m(a=3) }}{{ m(*[4]) }}{{ m(**{'a': 5}) }}{{ m }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}hi{% endcall %}{{ m() }}
{% macro m() %}[{{ caller('x', b=1) }}]{% endmacro %}{% call(a, b=2, c=3) m() %}{{ a }}{{ b }}{{ c }}{% endcall %}
{% macro m() %}no{% endmacro %}{% call m() %}hi{% endcall %}
{% macro m(caller) %}{{ caller }}{% endmacro %}{{ m(1) }}
{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}
{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
{% macro r(n) %}{{ n }}{% if n > 0 %}{{ r(n - 1) }}{% endif %}{% endmacro %}{{ r(3) }}
{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}{{ m is defined }}
{% macro m(x) %}{% set x = x + 1 %}{{ x }}{% endmacro %}{{ m(1) }}{{ x }}|
{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{{ loop.depth }}{% endif %}{% endfor %}
{% for x in [1, 2] %}{{ loop(x) }}{% endfor %}
{% for x in [1, 2, 3] %}{% for y in [1, 2] %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}{{ loop }}|
{% for x in [1, 2] %}{{ loop }}{% endfor %}
{% for x in [] %}{{ x }}{% else %}{{ loop is defined }}{% endfor %}
{% for x in [1, 2, 3, 4] if x > 2 %}{{ loop.index }}{{ loop.length }}{{ loop.previtem }}{% endfor %}
{% for x in [1] if loop.index %}{{ x }}{% endfor %}
{% for x in none %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for a, b in ['xy', 'zw'] %}{{ b }}{{ a }}{% endfor %}{% for k in {'a': 1} %}{{ k }}{% endfor %}{% for c in 'ab' %}{{ c }}{% endfor %}
{% for x in [1, 2, 3] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %}
{% break %}
{% for x in range(3) %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}{{ range(3) }}{{ range(1, 9, 3) }}{{ range(3)[1] }}{{ range(5)|length }}{{ 2 in range(3) }}{{ range(5)[1:3] }}{{ range(3) == range(3) }}{{ range(0) or 'empty' }}
{{ range(3) is sequence }}{{ range(3) is iterable }}{{ range(3)|last }}{{ range(3)|sum }}{{ range(4)|reverse|list }}{{ range(3)|tojson }}
{{ range(3)|list|tojson }}{{ range(3)|join(',') }}{{ range(3)|random is number }}{{ range(10, 0, -3)|list }}{{ range(3).count(1) }}{{ range(3).index(2) }}
{% filter upper %}a{{ 'b' }}{% endfilter %}{% filter replace('a', 'b')|upper %}aXa{% endfilter %}{% filter e %}<{% endfilter %}
{% filter nope %}x{% endfilter %}
{% raw %}{{ x }}{% endraw %}{% raw -%}  y  {%- endraw %}|
{# c #}a{#- c -#} b {{- 1 -}} c {%- if true -%} d {%- endif -%} e
a
  {% if true %}
  b
  {% endif %}
c
{%+ if true %}  x{% endif +%}
y
{{ cycler('a', 'b').next() }}{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set _ = c.reset() %}{{ c.current }}
{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{% set k = joiner() %}{{ k() }}x{{ k() }}
{{ dict(a=1, b='x') }}{{ dict({'a': 1}, b=2) }}{{ dict([('x', 1)]) }}{{ dict() }}{{ dict(a=1).items()|list }}{{ dict(a=1) == {'a': 1} }}
{{ cycler() }}
{{ lipsum is callable }}{{ lipsum(1)|length > 10 }}{{ lipsum(n=2, html=false)|string is string }}
{{ {'a': 1}.items() }}{{ {'a': 1}.keys() }}{{ {'a': 1}.values() }}{{ {'a': 1, 'b': 2}.keys()|list }}{{ {'b': 1}.values()|sum }}
{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('x') }}{{ {'a': 1}.get('x', 5) }}{{ {'a': 1}.copy() }}{{ {}.fromkeys(['a'], 1) }}{{ 'a' in {'a': 1}.keys() }}{{ {'a': 1}.items()|first }}
{{ {'a': 1}.pop('a') }}
{{ {'a': 1}.update({'b': 1}) }}
{{ [1].append(2) }}
{{ [1, 2].index(2) }}{{ [1, 2, 1].count(1) }}{{ [1, 2].copy() }}{{ (1, 2).index(2) }}{{ (1, 1).count(1) }}{{ [1, 2, 3].index(3, 1) }}
{{ [1].index(5) }}
{{ [1, 2].sort() }}
{{ (5).bit_length() }}{{ 5 .real }}{{ 5.5.is_integer() }}{{ (2.0).is_integer() }}{{ (1.5).hex() }}{{ 5 .numerator }}{{ (0.5).as_integer_ratio() }}{{ true.real }}
{{ 1 if false }}|{{ (1 if false) is defined }}|{{ 'a' if true else x.y.z }}
{{ x.y }}
{{ x['y'] }}
{{ missing.a is defined }}
{{ missing + 1 }}
{{ missing ~ 'a' }}{{ missing == missing }}{{ missing != 1 }}{{ missing|length }}{{ missing|list }}{{ missing|join }}{{ missing is none }}{{ not missing }}{{ [missing] }}{{ missing in [1] }}
{{ missing < 1 }}
{{ 'a' < 1 }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ [1] + (2,) }}
{{ 'a' + 1 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.5 / 0 }}
{{ 2 ** -1 }}{{ 0 ** 0 }}{{ (-8) ** 0.5 }}
{{ 10 ** 400 }}
{{ 1_000 }}{{ 0xff }}{{ 0o17 }}{{ 0b11 }}{{ 1e3 }}{{ 1.5e-5 }}{{ 1E5 }}
{{ 'a' 'b' }}{{ "it's" }}{{ 'x\x41\u00e9\n'|length }}{{ '\N{BULLET}' }}{{ 'a\
b' }}{{ '\q' }}{{ '\101' }}
{{ -1 ** 2 }}{{ 2 ** 3 ** 2 }}{{ not true == false }}{{ 1 + 2 ~ 3 }}{{ 'a' ~ 1 + 2 }}{{ 7 // 2 * 2 }}{{ -7 // 2 }}{{ 7 % -3 }}{{ 1 - - 1 }}
{{ 1 < 2 < 3 }}{{ 1 < 3 > 2 }}{{ 1 == 1.0 == true }}{{ 'a' in 'abc' in ['abc'] }}{{ 1 in [1] == true }}{{ not 1 in [2] }}{{ 1 not in [2] }}
{{ [1, 2, 3][1:] }}{{ [1, 2, 3][-2:] }}{{ [1, 2, 3][::2] }}{{ [1, 2, 3][::-1] }}{{ [1, 2, 3][5:] }}{{ 'abc'[1] }}{{ 'abc'[-1] }}{{ 'abc'[1:9] }}{{ (1, 2, 3)[:2] }}{{ 'abc'[:-1] }}{{ 'abcd'[1:3:2] }}{{ 'abc'[2:0:-1] }}
{{ [1, 2][9] }}|{{ 'a'[9] }}|{{ {'a': 1}['b'] }}|{{ [1]['x'] }}|{{ (1,)[none] }}|{{ 5[0] }}|{{ none['a'] }}
{{ [1, 2][0:2:0] }}
{{ {'a': 1, 'a': 2} }}{{ {1: 'x', 'y': [1]} }}{{ {'a': {'b': 1}}.a.b }}{{ {(1, 2): 3} }}{{ {none: 1}[none] }}{{ {true: 1}[1] }}{{ {1.0: 'f'}[1] }}
{{ {[1]: 2} }}
{{ {'a': 1} | tojson }}{{ {1: 2, none: 3, true: 4} | tojson }}{{ [1.0, 1e100, -0.0, 'é', '</script>'] | tojson }}{{ 'a\u2028' | tojson }}{{ missing | tojson }}
{{ {1, 2} }}
{{ [x for x in [1]] }}
{{ lambda x: x }}
{{ a := 1 }}
{{ 1 & 2 }}
{{ 1 | abs | string ~ 'x' }}{{ -1 | abs }}{{ (-1) | abs }}{{ 'a' | upper ~ 'b' | upper }}{{ 1.5 | int + 1 }}{{ not 0 | abs }}
{{ 'a' is string and 1 is number }}{{ 1 is not string }}{{ not 1 is string }}{{ 3 is divisibleby 3 }}{{ 3 is divisibleby(2) }}{{ 'a' is in ['a'] }}{{ 1 is odd or 2 }}
{{ 1 is odd is true }}
{{ '%s' % 'x' }}{{ '%d %s' % (1, 'a') }}{{ '%5.2f|%-5s|%05d|%x|%o|%e|%g|%c|%%|%r|%i|%+d|%#x' % (1.5, 'a', 7, 255, 8, 12345.678, 0.0001, 'z', 'q', 3, 4, 255) }}{{ '%(a)s' % {'a': 1} }}
{{ '%s %s' % 'x' }}
{{ '%d' % 'x' }}
{{ '%s' % (1, 2) }}
{{ '{} {}'.format(1, 2) }}{{ '{0}{1}{0}'.format(1, 2) }}{{ '{a.b}{c[0]}'.format(a={'b': 1}, c=[2]) }}
{{ '{a[b]}{c[0]}{d!r:>5}{e:>{w}}'.format(a={'b': 1}, c=[2], d='x', e=1, w=4) }}{{ '{:,}{:_}{:.3f}{:e}{:%}{:b}{:o}{:X}{:c}{:s}'.format(12345, 12345, 1.5, 1.5, 0.25, 5, 8, 255, 65, 'x') }}{{ '{:^9}|{:*<5}|{:+}|{: }|{:08.3f}'.format('x', 'y', 1, 2, 3.14159) }}
{{ '{}'.format() }}
{{ '{x}'.format() }}
{{ '{'.format() }}
{{ '{!x}'.format(1) }}
{{ ''.__class__ }}|{{ ''.__class__.__mro__ }}
{{ [].__class__.__base__ }}
{{ (lipsum|attr('__globals__')) }}|
{{ 'a'|attr('__class__') }}|
{{ ''|format(1) }}
{{ strftime_now('%d %B %Y') }}{{ strftime_now('') }}{{ strftime_now('%') }}{{ strftime_now('%%') }}{{ strftime_now('é%Yé') }}
{{ strftime_now('%Q') }}{{ strftime_now('%-d %-m %-H %-I %-j %-y %-M %-S') }}{{ strftime_now('%_d %_m|%0e|%^a|%^B|%#p|%#Z|%5Y|%-5d|%_5d|%010Y|%+4C') }}
{{ strftime_now('%Ey %Od %EY %Ex %OH %E %O') }}
{{ strftime_now('%+') }}{{ strftime_now('%L') }}{{ strftime_now('%:z') }}{{ strftime_now('%N') }}{{ strftime_now('%v') }}{{ strftime_now('%i') }}
{{ strftime_now() }}
{{ strftime_now(1) }}
{{ raise_exception('no') }}
{{ raise_exception() }}
{{ 'http://a.b/c?d=e&f http://x.org. www.foo.com, mail@x.org <b>'|urlize }}{{ 'see https://example.com/a_b(c) ok'|urlize(20, true) }}{{ 'http://x.org'|urlize(target='_blank', rel='me') }}{{ 'ftp://x.org tel:123'|urlize(extra_schemes=['tel:']) }}
{{ '(http://x.org) "http://y.org" http://z.org! http://q.org/&gt; mailto:a@b.co www.a.com/x?y=<z>'|urlize }}{{ 'http://a.com/very/long/path/indeed'|urlize(15) }}{{ 'a@b.c x.com foo.net'|urlize }}{{ 'HTTPS://X.ORG WWW.Y.COM'|urlize }}
{{ {'a b': 'c&d', 'e': ['f', 1]}|urlencode }}{{ 'a b/c?d=é&~._-'|urlencode }}{{ [('x', 1), ('y', none)]|urlencode }}{{ 1.5|urlencode }}{{ none|urlencode }}
{{ {'class': 'a b', 'id': 1, 'x': none, 'y': missing, 'q': '"<'}|xmlattr }}|{{ {}|xmlattr }}|{{ {'a': true}|xmlattr(false) }}
{{ {'a b': 1}|xmlattr }}
{{ {'a>': 1}|xmlattr }}
{{ 1000|filesizeformat }}{{ 1|filesizeformat }}{{ 999|filesizeformat }}{{ 1500000|filesizeformat }}{{ 1024|filesizeformat(true) }}{{ 1e9|filesizeformat }}{{ '5000'|filesizeformat }}{{ 1e30|filesizeformat }}{{ 999950|filesizeformat }}{{ -5|filesizeformat }}{{ 1048576|filesizeformat(binary=true) }}
{{ 'The quick brown fox jumps over the lazy dog'|wordwrap(10) }}|{{ 'aaaaaaaaaaaaaaa bb'|wordwrap(5) }}|{{ 'aaaaaaaaaaaaaaa bb'|wordwrap(5, false) }}|{{ 'foo-bar-baz qux'|wordwrap(7) }}|{{ 'foo-bar-baz qux'|wordwrap(7, break_on_hyphens=false) }}|{{ 'a b\nc d\n\ne'|wordwrap(3, wrapstring='<>') }}
{{ 'one  two   three    four'|wordwrap(9) }}|{{ ' lead and trail '|wordwrap(8) }}|{{ 'a\tb\tc d e'|wordwrap(4) }}|{{ 'a--b---c d-e'|wordwrap(4) }}|{{ 'x'|wordwrap(0) }}
{{ 'well-known self-made "co-op" (re-do) 12-34 a-1 éa-bc --long-option-name e-mail'|wordwrap(9) }}|{{ 'exceptionally—long–dashes and words'|wordwrap(6) }}
{{ '  <p>a&nbsp;b</p>\n <b>c</b>  &lt;d&gt; <!-- x <b> --> e'|striptags }}|{{ 'a < b > c'|striptags }}|{{ '<unclosed'|striptags }}|{{ '&amp;lt;'|striptags }}
{{ {'b': [1, {'x': none}], 'a': (1, 2)}|pprint }}{{ ('x' * 100)|pprint }}{{ [1, 'a', none]|pprint }}{{ 'a\nb'|pprint }}{{ 1.5|pprint }}
{{ range(60)|list|pprint }}
{{ {'key_number_one': 'a value that is rather long', 'key_number_two': 'another value that is long', 'k3': [1, 2, 3]}|pprint }}
{{ [['nested list with long strings ' * 3, 'b'], {'k': 'v' * 70, 'a': [1] * 50}]|pprint }}
{{ ('word ' * 40)|pprint }}{{ {'k': 'word ' * 40, 2: 'x'}|pprint }}{{ ('line one\nline two\n' * 8)|pprint }}{{ tool|pprint }}
{{ messages|pprint }}
{{ {'z': 1, 'a': 2, 3: 4}|pprint }}{{ ('a', 'b' * 90)|pprint }}{{ ('b' * 90,)|pprint }}{{ []|pprint }}{{ {}|pprint }}{{ [[], {}, ()]|pprint }}
{{ [1, 2, 3]|random in [1, 2, 3] }}{{ []|random is defined }}{{ 'a'|random }}{{ [5]|random }}{{ (7,)|random }}{{ {'a': 1}|random is defined }}
{{ 5|random }}
{{ missing|random }}|
{{ 'a'|indent(width=2) }}{{ 'a\nb'|indent(width='>>', first=true) }}{{ 'a\r\nb\x0bc'|indent }}{{ ''|indent(2, true) }}|
{{ [1, 2, 3, 4, 5]|batch(0)|list }}
{{ [1, 2]|slice(0)|list }}
{{ 'x'|truncate(-1) }}
{{ 'foo bar baz qux'|truncate(9) }}{{ 'foo bar baz qux'|truncate(9, True) }}{{ 'foo bar baz qux'|truncate(11) }}{{ 'foo bar baz qux'|truncate(11, False, '...', 0) }}{{ 'foobarbaz'|truncate(5, end='…') }}
{{ 2.5|round }}{{ 3.5|round }}{{ -2.5|round }}{{ 2.675|round(2) }}{{ 1234.5|round(-2) }}{{ 42.55|round(1, 'floor') }}{{ 1|round }}{{ 15|round(-1) }}{{ 25|round(-1) }}{{ 1e300|round(5) }}
{{ 1.1|round(1, 'bad') }}
{{ '1e5'|int }}{{ '0x1f'|int(0, 16) }}{{ '1f'|int(base=16) }}{{ '0b11'|int(0, 2) }}{{ '12abc'|int(5) }}{{ '٣'|int }}{{ 'inf'|float }}{{ 'nan'|float }}{{ '1_0'|float }}{{ '1e400'|float }}{{ true|float }}{{ '0b1'|int(0, 0) }}{{ 'inf'|int }}{{ ' 7 '|int }}{{ '--1'|int }}
{{ [{'a': {'b': 2}}, {'a': {'b': 1}}]|sort(attribute='a.b') }}{{ [{'a': [5]}, {'a': [4]}]|map(attribute='a.0')|list }}{{ [{'a': 1}]|map(attribute='b')|list }}{{ [{'a': 1}]|sum('a') }}
{{ [{'x': 'b'}, {'x': 'A'}, {'x': 'a'}]|groupby('x') }}{{ [{'x': 'b'}, {'x': 'A'}, {'x': 'a'}]|groupby('x')|map('first')|list }}{% for g in [{'x': 1}]|groupby('x') %}{{ g.grouper }}{{ g.list }}{% endfor %}
{{ ['x', 'X', 'y']|unique|list }}{{ [1, 1.0, true]|unique|list }}{{ [[1], [1]]|unique|list }}
{{ ['ab', 'c']|map('length')|list }}{{ ['1', '2']|map('int')|sum }}{{ [1, 2]|map('string')|map('upper')|join }}{{ ['a']|map('replace', 'a', 'b')|first }}{{ [[1, 2]]|map('first')|list }}{{ [{'a': 1}]|map('attr', 'a')|list }}
{{ [1, 2, 3]|select('gt', 1)|list }}{{ [1, none]|select|list }}{{ ['a', '']|reject|list }}{{ [{'a': 1}, {'b': 2}]|selectattr('a', 'defined')|list }}{{ [1, 2]|select('==', 1)|list }}{{ [1, 2]|select('in', [2])|list }}{{ [1, 2]|reject('even')|first }}
{{ [1, 2]|map|list }}
{{ [1]|map(nope='x')|list }}
{{ [1, 2, 3] | sum / 2 }}{{ ['a', 'b']|sum(start='') }}
{{ 'ß'.upper() }}{{ 'ß'.casefold() }}{{ 'ﬁ'.upper() }}{{ 'İ'.lower()|length }}{{ 'ŉ'.title() }}{{ 'ǆ'.title() }}{{ 'Σας ΟΔΟΣ'.lower() }}{{ 'ͅ'.upper() }}{{ 'ΐ'.upper() }}{{ 'ẞ'.lower() }}{{ 'ΑΣ'.casefold() }}{{ "they're bill's".title() }}{{ "they're bill's"|title }}{{ 'x1y2'|title }}{{ 'a_b-c'|title }}{{ 'HELLO'|capitalize }}{{ 'ßa'|capitalize }}{{ 'ǆa'|capitalize }}
{{ '½'.isnumeric() }}{{ '½'.isdigit() }}{{ '²'.isdigit() }}{{ '²'.isdecimal() }}{{ '٣'.isdecimal() }}{{ '三'.isnumeric() }}{{ 'Ⅷ'.isnumeric() }}{{ 'Ⅷ'.isalpha() }}{{ 'ª'.islower() }}{{ 'Ⅷ'.isupper() }}{{ '①'.isdigit() }}{{ 'ʰ'.islower() }}{{ 'aⅷ'.islower() }}{{ '\u0345'.isalpha() }}{{ 'ǅ'.istitle() }}{{ 'A1B'.istitle() }}{{ 'Ab Cd'.istitle() }}{{ '²x'.isalnum() }}{{ '_'.isalnum() }}
{{ 'a\u00a0b\u3000c'.split() }}{{ '\x1c\x1d'.isspace() }}{{ '\u200b'.isspace() }}{{ 'a\x85b'.splitlines() }}{{ 'a\x0cb'.splitlines() }}{{ 'x\u180ey'.split() }}{{ '\u00ad'.isprintable() }}{{ ' '.isprintable() }}{{ '\n'.isprintable() }}
{{ ['\x00', '\x7f', '\u200b', '\u00ad', '\ue000', '\u3000', '😀', '\\', "'", '"', '\'"', '\u2028', '\ud83d'] }}
{{ 1e16 }}{{ 123456789.123456789 }}{{ 1e-5 }}{{ 0.1 + 0.2 }}{{ 1e22 }}{{ 1.0e15 }}{{ -1.5e-10 }}{{ 5e-324 }}{{ 1.7976931348623157e308 }}{{ 100000000000000000000.0 }}
{{ 10 // 3.0 }}{{ -10 % 3.5 }}{{ 2 ** 0.5 }}{{ 7.0 // 2 }}{{ 1e308 * 10 }}{{ 5 % -3 }}{{ -5 // 2.0 }}{{ 2 ** 64 }}{{ (2 ** 64) // 3 }}{{ (2 ** 64) % 1000 }}{{ 3 * 1.0 }}{{ 1 / 3 }}{{ 10 ** 25 / 3 }}{{ true + true }}{{ true * 'a' }}
{{ (1, 2) + (3,) }}{{ [1] * 3 }}{{ 'ab' * 0 }}{{ 'ab' * -1 }}{{ (1,) * 2 }}{{ [1] + [2] }}{{ 2 * [0] }}
{{ [1, 2] == [1, 2] }}{{ (1, 2) == [1, 2] }}{{ {'a': 1} == {'a': 1.0} }}{{ 'a' == 'a' }}{{ none == false }}{{ 0 == false }}{{ '' == none }}{{ [1, 2] < [1, 3] }}{{ (1,) < (1, 0) }}{{ 'Z' < 'a' }}{{ [] == () }}{{ 1 == '1' }}{{ nan == nan }}
{{ x is defined }}{{ x.y is defined }}
{{ messages.0.role }}{{ messages[0]['role'] }}{{ messages[-1].role }}{{ messages|length }}{{ messages|map(attribute='role')|join(',') }}{{ messages|selectattr('role', 'eq', 'user')|list|length }}{{ (messages|first).role }}{{ (messages|last)['role'] }}
{% set first, rest = messages[0], messages[1:] %}{{ first.role }}{{ rest|length }}{% for m in rest %}{{ loop.index0 }}{{ m.role }}{% if not loop.last %};{% endif %}{% endfor %}
{{ messages[0].items() }}{{ messages[0].keys()|list }}{{ 'role' in messages[0] }}{{ messages[0].get('nope', 'd') }}{{ messages[0].role.upper() }}{{ messages[0].nope is defined }}{{ messages[0]|items|first }}{{ messages[0]|dictsort|first }}
{{ caller }}|{{ self }}|{{ loop }}|{{ varargs }}|{{ super }}|{{ context }}
{{ true.__class__ }}|{{ messages.__len__ }}|{{ messages[0].__class__.__name__ }}|
{{ none|string }}{{ none|length }}
{{ none|int }}{{ none|default('x', true) }}{{ none|list }}
{{ ([1, 2]|map('string'))|length }}
{{ [1, 2]|map('string') is iterable }}{{ [1, 2]|map('string') is sequence }}{{ [1, 2]|map('string')|first }}{{ ([1, 2]|select)|list }}{{ ([]|map('string')) is true }}{{ 'y' if []|map('string') }}
{{ 'a,b'|replace(',', ';')|upper|list|reverse|join }}{{ 'abc'|reverse }}{{ 'abc'|first }}{{ 'abc'|last }}{{ 'abc'|list }}{{ 'abc'|length }}{{ 'abc'|random|length }}{{ 'cab'|sort }}{{ 'abca'|unique|join }}{{ 'ab'|map('upper')|list }}{{ 'abc'|batch(2)|list }}{{ 'abc'|min }}{{ 'abc'|join('-') }}{{ 'abc'|sum }}
""".strip("\n").split("\n")


def snippets():
    sources = []
    for value in VALUES:
        sources += ["{{ %s | %s }}" % (value, each) for each in FILTERS]
        sources += ["{{ %s is %s }}" % (value, each) for each in TESTS]
        sources += ["{{ %s }}" % each.replace("V", "(" + value + ")") for each in OPERATORS]
    for text in TEXTS:
        sources += ["{{ %s.%s }}" % (text, each) for each in METHODS]
    sources += ["{%% for x in [1, 1, 2] %%}[{{ loop.%s }}]{%% endfor %%}" % each for each in LOOPS]
    sources += ["{{ strftime_now('%%%s') }}" % each for each in STRFTIME]
    lines = []
    for line in SNIPPETS:
        if lines and lines[-1].endswith("\\"):
            lines[-1] += "\n" + line
        else:
            lines.append(line)
    return sources + lines
