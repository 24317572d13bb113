%% The application, of which one node of several runs an instance.
-module(database_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(StartType, _Arguments) ->
    supervisor:start_link({local, database_sup}, ?MODULE, StartType).

stop(_State) ->
    ok.

init(StartType) ->
    Server = #{id => database, start => {database_server, start_link, [StartType]}},
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, [Server]}}.
