%% The application. `start/2` is told how it starts: `normal`, or `{takeover, Node}` when it still runs on
%% a node and is stopped there once it runs here.
-module(ledger_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1, init/1]).

start(_Type, _Arguments) ->
    supervisor:start_link({local, ledger_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init(Entries) ->
    Server = #{id => ledger, start => {ledger, start_link, [Entries]}},
    {ok, {#{}, [Server]}}.
