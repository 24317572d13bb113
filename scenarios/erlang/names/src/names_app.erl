%% The application: a contender for each name, and a process that connects to the other nodes.
-module(names_app).
-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1]).
-export([init/1, start_connecting/0]).

-define(PAUSE, 1000).

start(_StartType, _Arguments) ->
    supervisor:start_link({local, names_sup}, ?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    {ok, Names} = application:get_env(names, names),
    Contenders = [#{id => Name, start => {names_contender, start_link, [Name]}} || Name <- Names],
    Connecting = #{id => connecting, start => {?MODULE, start_connecting, []}},
    {ok, {#{strategy => one_for_one, intensity => 1000, period => 1}, [Connecting | Contenders]}}.

start_connecting() ->
    {ok, proc_lib:spawn_link(fun connect/0)}.

%% Erlang connects nodes when they have something to say to each other; nodes that have lost each
%% other would stay apart.
connect() ->
    [net_kernel:connect_node(Node) || Node <- names:others(), not lists:member(Node, nodes())],
    timer:sleep(?PAUSE),
    connect().
