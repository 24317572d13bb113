%% Keeps the last lines, and tells them.
-module(log_server).
-behaviour(gen_server).

-export([start_link/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link({local, log}, ?MODULE, [], []).

init([]) ->
    {ok, Keep} = application:get_env(log, keep),
    Server = self(),
    spawn_link(fun() -> found_by_name(Server) end),
    {ok, #{keep => Keep, total => 0, lines => queue:new()}}.

%% Of several instances the first gets the name, and none ends for the sake of it.
found_by_name(Server) ->
    global:register_name(log, Server, fun global:random_notify_name/3).

handle_call(tail, _From, #{total := Total, lines := Lines} = State) ->
    {reply, #{total => Total, lines => queue:to_list(Lines)}, State}.

handle_cast({line, Line}, #{keep := Keep, total := Total, lines := Lines} = State) ->
    More = queue:in(Line, Lines),
    Kept = case queue:len(More) > Keep of
               true -> queue:drop(More);
               false -> More
           end,
    {noreply, State#{total := Total + 1, lines := Kept}}.

%% Hears that another instance has got the name.
handle_info(_Message, State) ->
    {noreply, State}.
