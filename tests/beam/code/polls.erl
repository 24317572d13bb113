-module(polls).
-export([until/2, count/2, order/1]).

%% Looks at the clock again and again until so many milliseconds are over.
until(Milliseconds, Observer) ->
    End = erlang:monotonic_time(millisecond) + Milliseconds,
    until_end(End),
    Observer ! {over, erlang:monotonic_time(millisecond) >= End}.

until_end(End) ->
    receive
        stop -> ok
    after 0 ->
        case erlang:monotonic_time(millisecond) >= End of
            true -> ok;
            false -> until_end(End)
        end
    end.

%% Two processes count, and the last one to end is told.
count(N, Observer) ->
    Count = fun(Name) -> fun() -> count_down(N), Observer ! Name end end,
    lists:foreach(fun(Name) -> spawn(Count(Name)) end, [a, b, c, d]).

count_down(0) -> ok;
count_down(N) -> count_down(N - 1).

%% The order of a map and of a table.
order(Observer) ->
    Table = ets:new(table, []),
    ets:insert(Table, [{N} || N <- lists:seq(1, 9)]),
    Observer ! {maps:keys(maps:from_list([{N, x} || N <- lists:seq(1, 9)])),
                [N || {N} <- ets:tab2list(Table)]}.
