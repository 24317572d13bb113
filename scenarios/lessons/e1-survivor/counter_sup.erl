%% The application, and the supervisor of its one server. It need not be changed.
-module(counter_sup).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1, init/1]).

start(_Type, _Arguments) ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, []).

stop(_State) ->
    ok.

%% The table belongs to the supervisor: it is there for as long as the application runs.
init([]) ->
    counter_table = ets:new(counter_table, [named_table, public]),
    Server = #{id => counter, start => {counter, start_link, []}},
    {ok, {#{intensity => 5, period => 10}, [Server]}}.
