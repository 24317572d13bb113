%% -*- coding: utf-8 -*-
-module(regexps).
-export([cases/0, run/1]).

cases() -> length(all()).

run(N) ->
    Case = lists:nth(N, all()),
    try call(Case)
    catch Class:Reason -> {Class, Reason}
    end.

call({Subject, Pattern}) -> re:run(Subject, Pattern);
call({Subject, Pattern, Options}) -> re:run(Subject, Pattern, Options);
call({replace, Subject, Pattern, By, Options}) -> re:replace(Subject, Pattern, By, Options);
call({split, Subject, Pattern, Options}) -> re:split(Subject, Pattern, Options);
call({compiled, Subject, Pattern, Options, Run}) ->
    {ok, {re_pattern, Groups, Unicode, _, _} = Compiled} = re:compile(Pattern, Options),
    {Groups, Unicode, re:run(Subject, Compiled, Run), re:inspect(Compiled, namelist)};
call({compile, Pattern, Options, []}) ->
    case re:compile(Pattern, Options) of
        {ok, _} -> ok;
        {error, {Text, _Place}} -> {error, Text}
    end.

all() ->
    [{"xabcbd", "a(b|c)*d"},
     {<<"aaa">>, "(a+)(a*?)", [{capture, all, list}]},
     {" key = some value ", "^\\s*(\\w+)\\s*=\\s*(.*?)\\s*$", [{capture, all_but_first, binary}]},
     {"on 2024-05", "(?<y>\\d{4})-(?<m>\\d\\d)", [{capture, [m, y, "y", 0, 7], list}]},
     {"on 2024-05", "(?<y>\\d{4})-(?<m>\\d\\d)", [{capture, all_names, list}]},
     {"b", "(a)?(b)"},
     {"a", "(a)|(b)"},
     {"b", "(a)?(b)(c)?", [{capture, all, list}]},
     {"none", "x"},
     {"yes", "e", [{capture, none}]},
     {"yes", "e", [{capture, first}]},
     {"yes", "e", [{capture, []}]},
     {"HELLO", "l+", [caseless]},
     {[200], [232], [caseless]},
     {"hello", "(\\w)\\1"},
     {"5 $77% $80", "(?<=\\$)\\d+(?!\\d|%)"},
     {"aaab", "(?>a+)ab"},
     {"aab", "a++b"},
     {"x(a(b)c)y", "(\\((?:[^()]|(?1))*\\))"},
     {"ab1 -_x", "[^[:alpha:]\\d]+"},
     {"aaab", "(a*)*b"},
     {"bc", "(?|(a)|(b))c"},
     {"c", "(a)?(?(1)b|c)"},
     {"foobar", "foo\\Kbar"},
     {"xxxx", "x{2,3}?"},
     {"a{,2}", "a{,2}"},
     {"a.bb", "\\Qa.b\\E+"},
     {"a\nbc", "(?s)a.b(?-s:.)"},
     {"a foo b", "\\bfoo\\b"},
     {"a\nb", "^b$"},
     {"a\nb", "^b$", [multiline]},
     {"a\nb\n", "b$"},
     {"a\nb\n", "b$", [dollar_endonly]},
     {"ab", "b", [anchored]},
     {"ab", "b", [{offset, 1}, anchored]},
     {"ab", "^b", [{offset, 1}]},
     {"a b", "a b # comment", [extended]},
     {"aXb", "a.b", [ungreedy]},
     {"aaa", "a+", [ungreedy]},
     {"", "", []},
     {"", "", [notempty]},
     {"aaa", "a*", [global]},
     {"abc", "x*", [global]},
     {"one two three", "\\w+", [global, {capture, all, list}]},
     {"one two three", "(\\w)(\\w+)", [global, {capture, all_but_first, binary}]},
     {<<"åäö"/utf8>>, <<"ä"/utf8>>, [unicode]},
     {[229, 228, 246], "ä", [unicode]},
     {[8364, 49], [8364], [unicode, {capture, all, list}]},
     {<<"åäö"/utf8>>, "\\w+", [unicode, ucp, {capture, all, binary}]},
     {<<"åäö"/utf8>>, ".", [unicode, global]},
     {<<"Ä"/utf8>>, <<"ä"/utf8>>, [unicode, caseless]},
     {"abc", "(", []},
     {"abc", "(", [report_errors]},
     {"abc", "b", [nonsense]},
     {atom, "b", []},
     {"tel: 555-1234", "(?<area>\\d{3})-(?<rest>\\d{4})", [{capture, [area], binary}]},
     {"aaaa", "(a{2}){2}"},
     {"foo.bar", "[.]"},
     {"a-b]c", "[]b-]+"},
     {"tab\there", "\\t\\x68\\145"},
     {"line\r\nnext", "\\R"},
     {"x=1;y=2", "(\\w)=(\\d)(?:;|$)", [global, {capture, all, list}]},
     {"caseCASE", "(?i)case(?-i)CASE"},
     {"caseCASE", "((?i)CASE)case"},
     {"abab", "(ab)(?1)"},
     {"abcabc", "(?P<n>abc)(?P=n)"},
     {"abcabc", "(?<n>abc)\\k<n>", [{capture, all, list}]},
     {"abcabc", "(?<n>abc)\\g{-1}"},
     {replace, "a.b.c", "\\.", "-", [global, {return, list}]},
     {replace, "hello", "(l)(l)", "<\\2&\\1>", [{return, binary}]},
     {replace, "hello", "l", "[&]", [global]},
     {replace, "abc", "x*", "-", [global, {return, list}]},
     {split, "a,b,,c", ",", [{return, list}]},
     {split, "a,b,,c", "(,)", [{return, list}]},
     {split, "a,b,,c,,", ",", [trim, {return, list}]},
     {split, "a1b2c", "\\d", [{parts, 2}]},
     {split, "abc", "", [{return, list}]},
     {split, <<"a€b"/utf8>>, <<"€"/utf8>>, [unicode, {return, list}]},
     {compiled, "xay", "(?<one>a)(?<two>b)?", [caseless], [{capture, all, list}]},
     {compiled, <<"ä"/utf8>>, <<"ä"/utf8>>, [unicode], [global]},
     {compiled, "aXbX", "x", [caseless], [global, {capture, all, list}]},
     {compile, "(a", [], []},
     {compile, "a)", [], []},
     {compile, "*a", [], []},
     {compile, "[a", [], []},
     {compile, "a{3,2}", [], []},
     {compile, "\\", [], []},
     {compile, "(?<=a*)b", [], []},
     {compile, "(a)\\2", [], []},
     {compile, "[z-a]", [], []},
     {compile, "[[:nope:]]", [], []},
     {compile, "(?<a>x)(?<a>y)", [], []},
     {compile, "(?<a>x)(?<a>y)", [dupnames], []},
     {compile, "a", [global], []}].
