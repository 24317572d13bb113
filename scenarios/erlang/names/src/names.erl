%% What the nodes know of the names, and whether it is what it has to be once the network is whole.
-module(names).

-export([settled/0, unblocked/0]).
-export([others/0, contender/1, report/0, register_another/0]).

%% How long an answer may take.
-define(PATIENCE, 20000).
%% How long it may take until all is well, and the pause between two looks.
-define(TIME, 30000).
-define(PAUSE, 1000).

others() ->
    {ok, Nodes} = application:get_env(names, nodes),
    lists:delete(node(), Nodes).

contender(Name) ->
    list_to_atom(atom_to_list(Name) ++ "_contender").

%% `ok` once each name has one holder that all nodes know, or what is still wrong when there has been
%% time enough: a name that nobody holds or that two hold, nodes that know different holders, nodes that
%% are apart.
settled() ->
    in_time(fun unsettled/0).

%% `ok` once every node answers and can register a further name, or those that cannot.
unblocked() ->
    in_time(fun blocked/0).

in_time(Problems) ->
    _ = application:load(names),
    in_time(Problems, erlang:monotonic_time(millisecond) + ?TIME).

in_time(Problems, Deadline) ->
    case Problems() of
        [] ->
            ok;
        Found ->
            case erlang:monotonic_time(millisecond) < Deadline of
                true -> timer:sleep(?PAUSE), in_time(Problems, Deadline);
                false -> {error, Found}
            end
    end.

unsettled() ->
    {ok, Names} = application:get_env(names, names),
    Reports = [{Node, Report} || {Node, {ok, Report}} <- ask(report)],
    Nodes = [Node || {Node, _} <- Reports],
    Apart = [{apart, Node} || {Node, #{nodes := Connected}} <- Reports,
                              Nodes -- [Node | Connected] =/= []],
    Apart ++ lists:append([wrong(Name, Reports) || Name <- Names]).

blocked() ->
    [{blocked, Node} || {Node, Answer} <- ask(register_another), Answer =/= {ok, yes}].

%% Asks the nodes that can be reached.
ask(Function) ->
    {ok, All} = application:get_env(names, nodes),
    Nodes = [Node || Node <- All, net_adm:ping(Node) =:= pong],
    lists:zip(Nodes, erpc:multicall(Nodes, ?MODULE, Function, [], ?PATIENCE)).

wrong(Name, Reports) ->
    Holders = [Node || {Node, #{holds := Held}} <- Reports, lists:member(Name, Held)],
    Known = lists:usort([maps:get(Name, Known) || {_, #{known := Known}} <- Reports]),
    [{nobody_holds, Name} || Holders =:= []]
        ++ [{held_twice, Name, Holders} || length(Holders) > 1]
        ++ [{known_differently, Name, Known} || length(Known) > 1]
        ++ [{not_the_holder, Name, Known} || [One] <- [Holders], length(Known) =:= 1, Known =/= [One]].

report() ->
    {ok, Names} = application:get_env(names, names),
    Known = maps:from_list([{Name, node_of(global:whereis_name(Name))} || Name <- Names]),
    #{nodes => lists:sort(nodes()), known => Known, holds => [Name || Name <- Names, holds(Name)]}.

node_of(undefined) -> undefined;
node_of(Process) -> node(Process).

holds(Name) ->
    case whereis(contender(Name)) of
        undefined -> false;
        Contender -> {dictionary, Dictionary} = process_info(Contender, dictionary),
                     lists:member({name, held}, Dictionary)
    end.

%% Another name of this node's own.
register_another() ->
    Name = {another, node(), erlang:unique_integer()},
    Answer = global:register_name(Name, self()),
    global:unregister_name(Name),
    Answer.
