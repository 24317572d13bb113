%% Reports what it sees: nodes that come and go, too many errors, and where the database has gone.
-module(reporting_server).
-behaviour(gen_server).

-include_lib("kernel/include/logger.hrl").

-export([start_link/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link({local, reporting}, ?MODULE, [], []).

init([]) ->
    Server = self(),
    spawn_link(fun() ->
        global:register_name(reporting, Server, fun global:random_notify_name/3)
    end),
    ok = net_kernel:monitor_nodes(true, [nodedown_reason]),
    {ok, Percent} = application:get_env(reporting, error_percent),
    {ok, Every} = application:get_env(reporting, every),
    erlang:send_after(Every, self(), look),
    {ok, #{percent => Percent, every => Every, served => 0, failed => [], alarmed => false,
           place => undefined}}.

handle_call(_Request, _From, State) ->
    {reply, {error, unknown_request}, State}.

handle_cast(served, #{served := Served} = State) ->
    {noreply, State#{served := Served + 1}};
handle_cast({failed, Reason}, #{failed := Failed} = State) ->
    {noreply, State#{failed := [Reason | Failed]}}.

handle_info({nodeup, Node, _Info}, State) ->
    ?LOG_NOTICE("node ~p is up", [Node]),
    {noreply, State};
handle_info({nodedown, Node, Info}, State) ->
    ?LOG_NOTICE("node ~p is down: ~p", [Node, proplists:get_value(nodedown_reason, Info)]),
    {noreply, State};
handle_info(look, #{every := Every} = State) ->
    erlang:send_after(Every, self(), look),
    {noreply, look_at_place(look_at_errors(State))};
handle_info(_Message, State) ->
    {noreply, State}.

%% A time without requests says nothing.
look_at_errors(#{served := 0, failed := []} = State) ->
    State;
look_at_errors(#{served := Served, failed := Failed, percent := Percent} = State) ->
    #{alarmed := Alarmed} = State,
    Rate = 100 * length(Failed) div (Served + length(Failed)),
    Alarming = Rate > Percent,
    case {Alarming, Alarmed} of
        {true, false} ->
            ?LOG_WARNING("~p% of the requests fail: ~ts", [Rate, hd(Failed)]);
        {false, true} ->
            ?LOG_NOTICE("requests are back to normal");
        {_, _} ->
            ok
    end,
    State#{served := 0, failed := [], alarmed := Alarming}.

look_at_place(#{place := Before} = State) ->
    Now = case global:whereis_name(database) of
              undefined -> undefined;
              Pid -> node(Pid)
          end,
    case {Before, Now} of
        {Same, Same} -> ok;
        {undefined, _} -> ?LOG_NOTICE("the database runs on ~p", [Now]);
        {_, undefined} -> ?LOG_WARNING("the database is gone from ~p", [Before]);
        {_, _} -> ?LOG_NOTICE("the database has moved from ~p to ~p", [Before, Now])
    end,
    State#{place := Now}.
