#!/usr/bin/env escript
%% -*- coding: utf-8 -*-
%% Writes what Erlang/OTP 25 makes of the terms in the files beside it:
%%
%%   terms.txt: term, tab, what ~0tp prints, tab, what term_to_binary/1 gives
%%   order.txt: terms, tab, sorted by lists:sort/1, tab, in the order of a map's keys
%%
%% Run it here after adding a line with the first column.

main([]) ->
    rewrite("terms.txt", fun(Term) -> [print(Term), binary:encode_hex(term_to_binary(Term))] end),
    rewrite("order.txt", fun(Terms) -> [write(lists:sort(Terms)), write(key_order(Terms))] end).

rewrite(File, Columns) ->
    {ok, Bytes} = file:read_file(File),
    Lines = string:lexemes(unicode:characters_to_list(Bytes), "\n"),
    Line = fun(Text) ->
        [Source | _] = string:split(Text, "\t"),
        [lists:join("\t", [Source | Columns(read(Source))]), "\n"]
    end,
    ok = file:write_file(File, unicode:characters_to_binary([Line(Text) || Text <- Lines])).

read(Source) ->
    {ok, Tokens, _} = erl_scan:string(Source ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Term, _} = erl_eval:exprs(Expressions, []),
    Term.

print(Term) -> io_lib:format("~0tp", [Term]).

write(Term) -> io_lib:format("~tw", [Term]).

key_order(Terms) ->
    lists:sort(fun(A, B) -> hd(maps:keys(#{A => 1, B => 2})) =:= A end, Terms).
