%% Counts posts in a table, which dies with it.
-module(analytics_server).
-behaviour(gen_server).

-export([start_link/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link({local, analytics}, ?MODULE, [], []).

init([]) ->
    Table = ets:new(analytics, [ordered_set, protected]),
    Server = self(),
    spawn_link(fun() ->
        global:register_name(analytics, Server, fun global:random_notify_name/3)
    end),
    {ok, Table}.

handle_call(counts, _From, Table) ->
    Rooms = maps:from_list(ets:select(Table, [{{{room, '$1'}, '$2'}, [], [{{'$1', '$2'}}]}])),
    Minutes = maps:from_list(ets:select(Table, [{{{minute, '$1'}, '$2'}, [], [{{'$1', '$2'}}]}])),
    {reply, #{rooms => Rooms, minutes => Minutes}, Table}.

handle_cast({posted, Room}, Table) ->
    Minute = erlang:system_time(second) div 60,
    [count(Table, Key) || Key <- [{room, Room}, {minute, Minute}]],
    {noreply, Table}.

count(Table, Key) ->
    ets:update_counter(Table, Key, 1, {Key, 0}).

handle_info(_Message, Table) ->
    {noreply, Table}.
