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
     fun(T) -> ets:whereis(t) =:= undefined andalso ets:info(T, named_table) end].

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
     fun(T) ->
         Fun = fun(read) -> {[{1, one, x}, {2, two, x}], fun(read) -> end_of_input end} end,
         {ets:init_table(T, Fun), all(T)}
     end].
