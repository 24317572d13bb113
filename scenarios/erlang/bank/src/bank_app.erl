%% The application: a supervisor with one server.
-module(bank_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1]).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, bank_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    Server = #{id => bank, start => {bank_server, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, [Server]}}.
