%% Terms as text: Erlang's own print, with the names that a transcript gave. Two marks ask for
%% more than that: {'$sorted', List} prints its elements in the order of their text, '$left' is a
%% time left, which no two runs have in common.
-module(print).
-export([term/2, unnamed/2]).

%% Names: the text for each pid and reference that has a name.
term(Term, Names) when is_map_key(Term, Names) -> maps:get(Term, Names);
term('$left', _Names) -> "<left>";
term(Atom, _Names) when is_atom(Atom) -> atom(atom_to_list(Atom));
term({'$sorted', List}, Names) ->
    Texts = [lists:flatten(term(Element, Names)) || Element <- List],
    ["[", joined(lists:sort(Texts)), "]"];
term(Fun, _Names) when is_function(Fun) -> "#Fun";
term({cancel_timer, Timer, Left}, Names) when is_integer(Left) ->
    term({cancel_timer, Timer, '$left'}, Names);
term(Tuple, Names) when is_tuple(Tuple) ->
    ["{", joined([term(Element, Names) || Element <- tuple_to_list(Tuple)]), "}"];
term(Map, Names) when is_map(Map) ->
    Pairs = [[term(Key, Names), " => ", term(Value, Names)]
             || {Key, Value} <- lists:sort(maps:to_list(Map))],
    ["#{", joined(Pairs), "}"];
term([_ | _] = List, Names) -> list(List, Names);
term(Other, _Names) -> io_lib:format("~0tp", [Other]).

%% A node prints as its short name: what stands behind the `@` is the recorder's own.
atom(Text) ->
    case re:run(Text, "^([a-z][a-z0-9_]*)@[0-9.]+$", [unicode, {capture, all_but_first, list}]) of
        {match, [Short]} -> Short;
        nomatch -> io_lib:format("~0tp", [list_to_atom(Text)])
    end.

list(List, Names) ->
    case {is_stack(List), io_lib:printable_unicode_list(List)} of
        {true, _} -> "<stack>"; % where in the code it happened differs between any two programs
        {false, true} -> io_lib:format("~0tp", [List]);
        {false, false} -> ["[", elements(List, Names), "]"]
    end.

elements([Last], Names) -> term(Last, Names);
elements([Element | Tail], Names) when is_list(Tail) ->
    [term(Element, Names), "," | elements(Tail, Names)];
elements([Element | Tail], Names) ->
    [term(Element, Names), "|", term(Tail, Names)].

joined(Texts) -> lists:join(",", Texts).

is_stack(List) -> is_proper(List) andalso lists:all(fun is_frame/1, List).

is_proper(List) -> try length(List) >= 0 catch error:badarg -> false end.

is_frame({Module, Function, Arity, Location}) ->
    is_atom(Module) andalso is_atom(Function) andalso is_list(Location)
        andalso (is_integer(Arity) orelse is_list(Arity));
is_frame(_) -> false.

%% The pids and references of a term that have no name yet, from left to right.
unnamed(Term, Names) ->
    [Each || Each <- nameless(Term), not is_map_key(Each, Names)].

nameless(Term) when is_pid(Term); is_reference(Term) -> [Term];
nameless(Tuple) when is_tuple(Tuple) -> nameless(tuple_to_list(Tuple));
nameless(Map) when is_map(Map) -> nameless(lists:sort(maps:to_list(Map)));
nameless([Head | Tail] = List) ->
    case is_stack(List) of
        true -> [];
        false -> nameless(Head) ++ nameless(Tail)
    end;
nameless(_) -> [].
