%% A basket with a global name: one of the servers on the nodes has it. Where the network is cut, a server
%% on the other side takes the name as well, with what it knows. When the sides meet, `global` finds two
%% servers of one name, and asks the resolver.
-module(basket).
-behaviour(gen_server).

-export([start_link/0, put_in/1, items/0, resolve/3]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(PAUSE, 100).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

put_in(Item) ->
    call({put_in, Item}).

items() ->
    call(items).

call(Request) ->
    try
        gen_server:call({global, ?MODULE}, Request, 1000)
    catch
        %% Nobody has the name: nothing was done.
        exit:{noproc, _} -> {error, nobody}
    end.

%% The node that finds the conflict calls it. The process that is returned keeps the name.
resolve(_Name, One, Other) ->
    Items = gen_server:call(Other, hand_over),
    ok = gen_server:call(One, {take, Items}),
    One.

init([]) ->
    self() ! look,
    {ok, []}.

handle_call({put_in, Item}, _From, Items) ->
    {reply, ok, lists:usort([Item | Items])};
handle_call(items, _From, Items) ->
    {reply, {ok, Items}, Items};
handle_call(hand_over, _From, Items) ->
    {reply, Items, []};
handle_call({take, Others}, _From, Items) ->
    {reply, ok, lists:usort(Items ++ Others)}.

handle_cast(_Message, Items) ->
    {noreply, Items}.

%% Looks for the other nodes, without waiting for them, and takes the name where nobody has it.
handle_info(look, Items) ->
    {ok, Nodes} = application:get_env(basket, nodes),
    [spawn(net_kernel, connect_node, [Node]) || Node <- Nodes, Node =/= node()],
    case global:whereis_name(?MODULE) of
        undefined -> global:register_name(?MODULE, self(), fun ?MODULE:resolve/3);
        _ -> ok
    end,
    erlang:send_after(?PAUSE, self(), look),
    {noreply, Items};
handle_info(_Message, Items) ->
    {noreply, Items}.
