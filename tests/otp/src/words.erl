%% A command as words, and words as terms. Names of processes and references stay placeholders:
%% an operation may use what the one before it in the same line has named.
-module(words).
-export([split/1, operations/1, options/1, term/2, destination/2, placeholder/1, resolve/2,
         duration/1, is_name/1]).

%% ---- words --------------------------------------------------------------------------------------

%% Blanks part words where brackets and quotes are balanced.
split(Line) -> split(Line, 0, "", []).

split([], _Depth, Word, Words) -> lists:reverse(added(Word, Words));
split([$\s | Rest], 0, Word, Words) -> split(Rest, 0, "", added(Word, Words));
split([Quote | Rest], Depth, Word, Words) when Quote =:= $"; Quote =:= $' ->
    {Quoted, After} = quoted(Rest, Quote, [Quote]),
    split(After, Depth, Quoted ++ Word, Words);
split([Char | Rest], Depth, Word, Words) ->
    split(Rest, Depth + deeper(Char), [Char | Word], Words).

added("", Words) -> Words;
added(Word, Words) -> [lists:reverse(Word) | Words].

%% What is quoted, reversed, and what follows it.
quoted([$\\, Char | Rest], Quote, Taken) -> quoted(Rest, Quote, [Char, $\\ | Taken]);
quoted([Quote | Rest], Quote, Taken) -> {[Quote | Taken], Rest};
quoted([Char | Rest], Quote, Taken) -> quoted(Rest, Quote, [Char | Taken]).

deeper(Char) when Char =:= ${; Char =:= $[; Char =:= $( -> 1;
deeper(Char) when Char =:= $}; Char =:= $]; Char =:= $) -> -1;
deeper(_Char) -> 0.

%% `OP ; OP ; OP` as a list of operations.
operations(Words) ->
    case lists:splitwith(fun(Word) -> Word =/= ";" end, Words) of
        {First, [";" | Rest]} -> [First | operations(Rest)];
        {Only, []} -> [Only]
    end.

%% Words without the settings `key=value` among them, and these as a map.
options(Words) ->
    {Settings, Others} = lists:partition(fun is_setting/1, Words),
    {Others, maps:from_list([setting(Word) || Word <- Settings])}.

is_setting([First | _] = Word) when First >= $a, First =< $z ->
    re:run(Word, "^[a-z_]+=", [unicode]) =/= nomatch;
is_setting(_Word) -> false.

setting(Word) ->
    [Key, Value] = string:split(Word, "="),
    {list_to_atom(Key), Value}.

is_name(Word) -> re:run(Word, "^[a-z][a-z0-9_]*$", [unicode]) =/= nomatch.

%% In milliseconds, or `infinity`.
duration("infinity") -> infinity;
duration([$- | _] = Negative) -> list_to_integer(Negative); % no timeout, as it is meant to be
duration(Word) ->
    {match, [Count, Unit]} = re:run(Word, "^([0-9]+)(ms|s|m)$", [unicode, {capture, all_but_first, list}]),
    list_to_integer(Count) * milliseconds(Unit).

milliseconds("ms") -> 1;
milliseconds("s") -> 1000;
milliseconds("m") -> 60000.

%% ---- terms --------------------------------------------------------------------------------------

%% FullName: a function from the short to the full name of a node.
term(Word, FullName) ->
    {ok, Tokens, _} = erl_scan:string(marked(Word, FullName) ++ "."),
    {ok, Term} = erl_parse:parse_term(Tokens),
    Term.

%% `<p>` and `@b` are no Erlang: outside of quotes they become quoted atoms.
marked([], _FullName) -> [];
marked([Quote | Rest], FullName) when Quote =:= $"; Quote =:= $' ->
    {Quoted, After} = quoted(Rest, Quote, [Quote]),
    lists:reverse(Quoted) ++ marked(After, FullName);
marked([First | Rest] = Text, FullName) ->
    Placeholder = "^(?:<([a-z][a-z0-9_]*)>|@([a-z][a-z0-9_]*))",
    case re:run(Text, Placeholder, [unicode, {capture, all, list}]) of
        {match, [All, Name]} -> quote(placeholder(Name)) ++ after_all(Text, All, FullName);
        {match, [All, "", Node]} ->
            quote(FullName(list_to_atom(Node))) ++ after_all(Text, All, FullName);
        nomatch -> [First | marked(Rest, FullName)]
    end.

after_all(Text, All, FullName) -> marked(lists:nthtail(length(All), Text), FullName).

quote(Atom) -> "'" ++ atom_to_list(Atom) ++ "'".

%% The destination of a signal. Names: the names that are given at that time.
destination(Word, {Names, FullName}) ->
    case is_name(Word) andalso lists:member(list_to_atom(Word), Names) of
        true -> placeholder(Word);
        false -> on_node(term(Word, FullName), FullName)
    end.

on_node({global, _} = Global, _FullName) -> Global;
on_node({Name, Node}, FullName) when is_atom(Name), is_atom(Node) -> {Name, FullName(Node)};
on_node(Other, _FullName) -> Other.

placeholder(Name) -> list_to_atom("$named " ++ Name).

%% A term with what the placeholders in it stand for.
resolve(Atom, Named) when is_atom(Atom) ->
    case atom_to_list(Atom) of
        "$named " ++ Name -> maps:get(list_to_atom(Name), Named);
        _ -> Atom
    end;
resolve(Tuple, Named) when is_tuple(Tuple) ->
    list_to_tuple(resolve(tuple_to_list(Tuple), Named));
resolve([Head | Tail], Named) -> [resolve(Head, Named) | resolve(Tail, Named)];
resolve(Map, Named) when is_map(Map) -> maps:from_list(resolve(maps:to_list(Map), Named));
resolve(Other, _Named) -> Other.
