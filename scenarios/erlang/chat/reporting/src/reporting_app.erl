%% The application: a supervisor with one server.
-module(reporting_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, reporting_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    Server = #{id => reporting, start => {reporting_server, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, [Server]}}.
