%% Calls of ets on tables of each kind, made in Erlang itself and in the machine.
-module(tables).
-export([cases/0, run/1]).

cases() -> length(calls()).

run(N) ->
    {Type, F} = lists:nth(N, calls()),
    T = ets:new(t, [Type, public]),
    [ets:insert(T, {I rem 7, I, {v, I}}) || I <- lists:seq(1, 30)],
    ets:insert(T, {a, 0, #{k => 1}}),
    try F(T) of
        Value -> {ok, Value}
    catch
        Class:Reason:Trace -> {Class, Reason, first(hd(Trace))}
    after
        catch ets:delete(T)
    end.

first({M, F, A, Info}) when is_list(A) -> {M, F, length(A), Info};
first({M, F, A, _}) -> {M, F, A}.

calls() ->
    [{Type, F} || Type <- [set, ordered_set, bag, duplicate_bag], F <- reads() ++ changes()].

all(T) -> lists:sort(ets:tab2list(T)).

keys(T) -> keys(T, ets:first(T), []).

keys(_, '$end_of_table', Keys) -> lists:sort(Keys);
keys(T, Key, Keys) -> keys(T, ets:next(T, Key), [Key | Keys]).

parts('$end_of_table', _, Rows) -> lists:sort(Rows);
parts({Some, Rest}, Next, Rows) -> parts(Next(Rest), Next, Some ++ Rows).

large() -> [{{'$1', '$2', '_'}, [{'>', '$2', 20}], [{{'$2', '$1'}}]}].

reads() ->
    [fun all/1,
     fun keys/1,
     fun(T) -> ets:foldl(fun({_, V, _}, Sum) -> V + Sum end, 0, T) end,
     fun(T) -> lists:sort(ets:foldr(fun(Row, Rows) -> [Row | Rows] end, [], T)) end,
     fun(T) -> {ets:info(T, size), ets:info(T, type), ets:info(T, keypos)} end,
     fun(T) -> ets:lookup(T, 3) end,
     fun(T) -> ets:lookup(T, 3.0) end,
     fun(T) -> ets:lookup(T, none) end,
     fun(T) -> {ets:member(T, a), ets:member(T, b)} end,
     fun(T) -> ets:lookup_element(T, 3, 2) end,
     fun(T) -> ets:lookup_element(T, none, 2) end,
     fun(T) -> lists:sort(ets:match(T, {'$1', '_', {v, '$2'}})) end,
     fun(T) -> lists:sort(ets:match(T, {'$2', '$1', '_'})) end,
     fun(T) -> lists:sort(ets:match_object(T, {3, '_', '_'})) end,
     fun(T) -> lists:sort(ets:match_object(T, {'_', '_', #{k => '_'}})) end,
     fun(T) -> lists:sort(ets:select(T, large())) end,
     fun(T) -> lists:sort(ets:select_reverse(T, large())) end,
     fun(T) -> parts(ets:select(T, large(), 2), fun ets:select/1, []) end,
     fun(T) -> parts(ets:match(T, {'$1', '$2', '_'}, 3), fun ets:match/1, []) end,
     fun(T) -> parts(ets:match_object(T, {'_', '_', '_'}, 4), fun ets:match_object/1, []) end,
     fun(T) -> ets:select_count(T, [{{'_', '$1', '_'}, [{'=<', '$1', 25}], [true]}]) end,
     fun(T) -> ets:select(T, [{{a, '_', '$1'}, [], [{map_get, k, '$1'}]}]) end,
     fun(T) -> ets:select(T, [{{a, '$1', '_'}, [], [{'div', 1, '$1'}]}]) end,
     fun(T) -> ets:select(T, [{wrong, [], []}]) end,
     fun(T) -> ets:select(T, [{{'$1'}, [{nothing, '$1'}], ['$1']}]) end,
     fun(T) ->
         Spec = ets:match_spec_compile(large()),
         lists:sort(ets:match_spec_run(ets:tab2list(T), Spec))
     end,
     fun(T) -> ets:whereis(t) =:= undefined andalso ets:info(T, named_table) end,
     fun(T) -> lists:sort(lists:append(slots(T, 0))) end,
     fun(T) -> Last = length(slots(T, 0)), {ets:slot(T, Last), catch_of(fun() -> ets:slot(T, Last + 1) end)} end,
     fun(T) -> ets:next(T, '$end_of_table') end,
     fun(T) -> ets:prev(T, '$end_of_table') end,
     fun(T) -> ets:info(T, binary) end,
     fun(T) -> shape(ets:info(T, stats)) end,
     fun(T) ->
         ets:delete_all_objects(T),
         Empty = ets:info(T, memory),
         ets:insert(T, {1, [2.5, {x}]}),
         {Empty, ets:info(T, memory)}
     end,
     fun(T) -> shape(element(2, ets:select(T, large(), 1))) end,
     fun(T) ->
         {Some, Rest} = ets:select(T, large(), 1),
         Place = case tuple_size(Rest) of 8 -> 5; 6 -> 4 end,
         Broken = setelement(Place, Rest, <<>>),
         {catch_of(fun() -> ets:select(Broken) end),
          parts(ets:select(ets:repair_continuation(Broken, large())), fun ets:select/1, Some)}
     end | maps()].

catch_of(F) ->
    try F() catch Class:Reason -> {Class, Reason} end.

slots(T, Slot) ->
    case ets:slot(T, Slot) of
        '$end_of_table' -> [];
        Rows -> [Rows | slots(T, Slot + 1)]
    end.

shape(Tuple) when is_tuple(Tuple) -> tuple_size(Tuple);
shape(Other) -> Other.

%% A map in a pattern fits those that have more keys, but for one that is the key of the table.
maps() ->
    Patterns = [{'_', '_', #{}}, {'_', '_', #{k => 1}}, {'_', '_', #{k => '_'}}, {'_', '_', #{k => 2}},
                {'_', '_', {#{k => 1}}}, {'_', '_', #{'$1' => 1}}, {'_', '_', #{'_' => 1}},
                {'_', '_', #{{'_'} => 1}}, {#{}, '_', '_'}, {#{k => 1}, '_', '_'},
                {#{k => '_'}, '_', '_'}, {#{k => 1, l => 2}, '_', '_'}, {{#{k => 1}}, '_', '_'},
                {{#{k => 1, l => 2}}, '_', '_'}, {[#{k => 1}], '_', '_'}],
    [fun(T) ->
         Map = #{k => 1, l => 2},
         ets:insert(T, [{Map, 1, 1}, {{Map}, 2, {Map}}, {[Map], 3, 3}, {b, 4, Map}]),
         lists:sort(ets:match_object(T, Pattern))
     end || Pattern <- Patterns].

changes() ->
    [fun(T) -> {ets:insert(T, [{x, 1, 2}, {y, 2, 3}]), all(T)} end,
     fun(T) -> ets:insert(T, {}) end,
     fun(T) -> ets:insert(T, [{x, 1}, wrong]) end,
     fun(T) -> {ets:insert_new(T, {3, 0, 0}), ets:insert_new(T, {30, 0, 0}), all(T)} end,
     fun(T) -> {ets:delete(T, 3), all(T)} end,
     fun(T) -> {lists:sort(ets:take(T, 4)), all(T)} end,
     fun(T) -> {ets:delete_object(T, {2, 30, {v, 30}}), all(T)} end,
     fun(T) -> {ets:delete_all_objects(T), all(T)} end,
     fun(T) -> {ets:match_delete(T, {3, '_', '_'}), all(T)} end,
     fun(T) -> {ets:select_delete(T, [{{'_', '$1', '_'}, [{'>', '$1', 5}], [true]}]), all(T)} end,
     fun(T) -> {ets:update_counter(T, a, {2, 5}), all(T)} end,
     fun(T) -> {ets:update_counter(T, a, [{2, 5}, {2, 100, 50, 1}]), all(T)} end,
     fun(T) -> {ets:update_counter(T, new, 1, {new, 41, x}), all(T)} end,
     fun(T) -> ets:update_counter(T, a, {3, 1}) end,
     fun(T) -> ets:update_counter(T, a, {1, 1}) end,
     fun(T) -> ets:update_counter(T, a, {9, 1}) end,
     fun(T) -> ets:update_counter(T, none, {2, 1}) end,
     fun(T) -> ets:update_element(T, a, {1, b}) end,
     fun(T) -> ets:update_element(T, a, {9, b}) end,
     fun(T) -> ets:update_element(T, a, []) end,
     fun(_) -> ets:lookup(17, a) end,
     fun(_) -> ets:lookup(nowhere, a) end,
     fun(_) -> ets:new(x, [named_table, {keypos, 0}]) end,
     fun(_) -> ets:new(x, [{heir, none}, {read_concurrency, yes}]) end,
     fun(T) -> ets:give_away(T, self(), x) end,
     fun(T) -> ets:select(T, large(), 0) end,
     fun(T) -> ets:slot(T, -1) end,
     fun(T) -> ets:next(T, none) end,
     fun(T) -> {ets:update_element(T, a, {3, changed}), all(T)} end,
     fun(T) -> ets:update_element(T, none, {3, changed}) end,
     fun(T) ->
         ets:safe_fixtable(T, true),
         [ets:delete(T, Key) || Key <- keys(T)],
         ets:safe_fixtable(T, false),
         {all(T), ets:info(T, size)}
     end,
     fun(T) -> {ets:delete(T), ets:info(T), ets:info(T, size)} end,
     fun(T) -> {ets:delete(T), ets:lookup(T, 1)} end,
     fun(T) -> {ets:setopts(T, {protection, private}), ets:info(T, protection)} end,
     fun(T) -> {ets:setopts(T, [{protection, protected}, {heir, none}]), ets:info(T, protection)} end,
     fun(T) -> ets:setopts(T, {protection, other}) end,
     fun(_) -> ets:info(nowhere, 7) end,
     fun(T) -> ets:info(T, 7) end,
     fun(_) -> ets:slot(nowhere, wrong) end,
     fun(_) -> ets:select(nowhere, wrong, 0) end,
     fun(_) -> ets:rename(nowhere, 7) end,
     fun(_) -> ets:safe_fixtable(nowhere, 7) end,
     fun(_) -> ets:give_away(nowhere, 7, x) end,
     fun(_) -> ets:setopts(nowhere, 7) end,
     fun(T) -> {ets:setopts(T, []), ets:setopts(T, [protection])} end,
     fun(T) -> {catch_of(fun() -> ets:setopts(T, [{protection, private}, false]) end), ets:info(T, protection)} end,
     fun(T) ->
         Renamed = ets:new(name, [ets:info(T, type), named_table]),
         ets:insert(Renamed, [{N, x} || N <- lists:seq(1, 9)]),
         {_, Rest} = ets:select(Renamed, [{{'$1', x}, [], ['$1']}], 4),
         ets:rename(Renamed, other),
         Goes = fun() -> length(element(1, ets:select(Rest))) end,
         Then = catch_of(Goes),
         ets:delete(other),
         Renamed = ets:new(name, [ets:info(T, type), named_table]),
         ets:insert(Renamed, [{N, x} || N <- lists:seq(1, 9)]),
         Again = catch_of(Goes),
         {Then, Again, ets:delete(name)}
     end,
     fun(T) ->
         [_ | _] = Rows = ets:lookup(T, 3),
         Stats = fun() ->
                     case ets:info(T, stats) of
                         false -> false;
                         All -> {element(1, All), element(7, All)}
                     end
                 end,
         ets:safe_fixtable(T, true),
         ets:delete_object(T, hd(Rows)),
         Fixed = Stats(),
         ets:delete(T, 4),
         Deleted = Stats(),
         ets:delete_all_objects(T),
         Cleared = Stats(),
         ets:safe_fixtable(T, false),
         {Fixed, Deleted, Cleared, Stats()}
     end,
     fun(T) ->
         Fun = fun(read) -> {[{1, one, x}, {2, two, x}], fun(read) -> end_of_input end} end,
         {ets:init_table(T, Fun), all(T)}
     end | replacements()].

%% What is replaced keeps its key, as far as can be seen from the specification.
replacements() ->
    Pairs = [{'$1', '$1'}, {'$1', '$2'}, {'_', '_'}, {'$_', '$_'}, {a, a}, {a, b}, {1, 1}, {1, 1.0},
             {{a, '$1'}, {{a, '$1'}}}, {{a, '$1'}, {a, '$1'}}, {{'$1'}, {{'$2'}}}, {{a}, {const, {a}}},
             {{a}, {const, {{a}}}}, {'$1', {const, '$1'}}, {{a, b}, {{a, {const, b}}}},
             {[a, '$1'], [a, '$1']}, {[a | '$1'], [a | '$1']}, {[a, '$1'], [a]},
             {[{a, '$1'}], [{{a, '$1'}}]}, {[{a, '$1'}], [{a, '$1'}]}, {{[{a}]}, {{{const, [{a}]}}}},
             {#{}, #{}}, {#{k => 1}, #{k => 1}}, {"abc", "abc"}, {"abc", "abd"}, {<<"a">>, <<"a">>},
             {'$1', {element, 1, '$_'}}, {'$1', {element, 2, '$_'}}, {'$1', {'+', '$1', 0}}],
    [fun(T) -> ets:select_replace(T, [{{Key, '$8', '$9'}, [], [{{Made, '$9', '$8'}}]}]) end
     || {Key, Made} <- Pairs] ++
    [fun(T) -> {ets:select_replace(T, [{Head, [], Body}]), all(T)} end
     || {Head, Body} <- [{{'$1', '$2', '_'}, [{{'$1', '$2'}}]}, {{'$1', '$2', '_'}, ['$_']}, {'_', ['$_']},
                         {{'$1', '_', '_'}, ['$1', '$_']}, {{a, '_', '_'}, [{const, {a, b}}]},
                         {{a, '_', '_'}, [{const, {b, b}}]}, {{'$1', '_', '_'}, [{{}}]},
                         {{3, '$1', '_'}, [{{3, {'+', '$1', 1}}}]}]].
