%% The nodes of a recording, each an operating-system process. Orders go over the standard input and
%% output of a node (`peer`), never over the distribution that is recorded. What is done to the
%% processes and the network of the machine is done by the module `machine`.
-module(cluster).
-export([new/1, remove/1, start/2, declare/2, restart/2, crash/2, halt/2, stop/2, pause/2,
         resume/2, partition/2, cut_one_way/2, heal/1, call/4, call/5, is_up/2, lives/2,
         full_name/2, nameless/1, short_names/1, running/1, rest/1]).

-define(COOKIE, "recorded").
%% No order of a transcript takes longer than this: a silent node is given up after 7 s, and the
%% default tick time is not waited for.
-define(ORDER_MS, 60000).
%% What a signal, a failed name look-up or an exit takes on one machine, with room to spare; and
%% between namespaces, where a connection must be made anew after a partition.
-define(REST_MS, 80).
-define(REST_APART_MS, 300).
%% After a connection came or went `global` exchanges names, and may connect more nodes.
-define(MEETING_MS, 1200).

%% Options: `names`, all that will ever be started, in order; `apart`, true if they must be cut off
%% from each other, which takes network namespaces; `build`, a folder of compiled modules.
new(#{names := Names, apart := Apart, build := Build}) ->
    Indices = maps:from_list(lists:zip(Names, lists:seq(1, length(Names)))),
    #{machine => machine:up(Names, Apart, Build), apart => Apart, build => Build,
      indices => Indices, nodes => #{}, seen => #{}}.

%% Ends every node that was started, also those that the caller has lost sight of by an error.
remove(#{machine := Machine}) -> machine:down(Machine).

%% ---- names --------------------------------------------------------------------------------------

%% The name that the distribution knows a node by.
full_name(#{machine := Machine}, Name) -> machine:full_name(Name, Machine).

%% The short name of a node by its full name.
short_names(#{indices := Indices} = Cluster) ->
    maps:from_list([{full_name(Cluster, Name), Name} || Name <- maps:keys(Indices)]).

%% ---- starting and ending ------------------------------------------------------------------------

%% Starts nodes side by side: those that wait for each other in their boot must meet there.
%% Specifications: [{Name, Arguments of `erl`}].
start(Cluster, Specifications) ->
    Self = self(),
    [spawn_link(fun() -> Self ! {started, Name, peer(Cluster, Name, Arguments)} end)
     || {Name, Arguments} <- Specifications],
    lists:foldl(fun started/2, Cluster, Specifications).

started({Name, Arguments}, #{nodes := Nodes, machine := Machine} = Cluster) ->
    receive
        {started, Name, {ok, Peer}} ->
            Process = peer:call(Peer, os, getpid, []),
            ok = machine:started(Process, Machine),
            Node = #{peer => Peer, process => Process, arguments => Arguments, state => up},
            Cluster#{nodes := Nodes#{Name => Node}};
        {started, Name, {error, _Reason}} ->
            Cluster#{nodes := Nodes#{Name => #{arguments => Arguments, state => down}}}
    end.

%% Nodes that a restart will start.
declare(#{nodes := Nodes} = Cluster, Specifications) ->
    Declared = [{Name, #{arguments => Arguments, state => down}}
                || {Name, Arguments} <- Specifications],
    Cluster#{nodes := maps:merge(Nodes, maps:from_list(Declared))}.

restart(#{nodes := Nodes} = Cluster, Name) ->
    #{Name := #{arguments := Arguments}} = Nodes,
    start(Cluster, [{Name, Arguments}]).

peer(#{build := Build, machine := Machine} = Cluster, Name, Arguments) ->
    {Executable, Leading} = machine:executable(Name, proplists:get_value(otp, Arguments), Machine),
    Start = #{connection => standard_io, wait_boot => ?ORDER_MS,
              exec => {Executable, Leading},
              args => name(Cluster, Name, Arguments) ++
                      ["-pa", Build, "+S", "1:1", "+A", "1", "-kernel", "logger_level", "none",
                       "-kernel", "start_pg", "true"
                       | cookie([Each || Each = [_ | _] <- Arguments])]},
    try peer:start(Start) of
        {ok, Peer, _Node} -> {ok, Peer};
        {ok, Peer} -> {ok, Peer};
        {error, Reason} -> {error, Reason}
    catch
        exit:Reason -> {error, Reason}
    end.

%% A node that is not alive has no name.
name(Cluster, Name, Arguments) ->
    case lists:member(not_alive, Arguments) of
        true -> [];
        false -> ["-name", atom_to_list(full_name(Cluster, Name))]
    end.

%% The node of which all processes are `nonode@nohost`'s. There is one at the most.
nameless(#{nodes := Nodes}) ->
    [Name] = [Name || {Name, #{arguments := Arguments}} <- maps:to_list(Nodes),
                      lists:member(not_alive, Arguments)],
    Name.

cookie(Arguments) ->
    case lists:member("-setcookie", Arguments) of
        true -> Arguments;
        false -> ["-setcookie", ?COOKIE | Arguments]
    end.

crash(#{nodes := Nodes} = Cluster, Name) ->
    #{Name := Node} = Nodes,
    kill(Node),
    Cluster#{nodes := Nodes#{Name := Node#{state := down}}}.

halt(Cluster, Name) -> ends_itself(Cluster, Name, erlang, halt, [0]).

stop(Cluster, Name) -> ends_itself(Cluster, Name, init, stop, []).

ends_itself(#{nodes := Nodes} = Cluster, Name, Module, Function, Arguments) ->
    #{Name := #{peer := Peer} = Node} = Nodes,
    peer:cast(Peer, Module, Function, Arguments),
    gone(Node),
    Cluster#{nodes := Nodes#{Name := Node#{state := down}}}.

pause(Cluster, Name) -> signal(Cluster, Name, "STOP", paused).

resume(Cluster, Name) -> signal(Cluster, Name, "CONT", up).

signal(#{nodes := Nodes} = Cluster, Name, Signal, State) ->
    #{Name := #{process := Process} = Node} = Nodes,
    machine:signal(Process, Signal),
    Cluster#{nodes := Nodes#{Name := Node#{state := State}}}.

kill(#{process := Process} = Node) ->
    machine:signal(Process, "KILL"),
    gone(Node).

%% Waits until the operating system has forgotten the process of a node.
gone(#{process := Process} = Node) ->
    case machine:exists(Process) of
        true ->
            timer:sleep(20),
            gone(Node);
        false ->
            ok
    end.

%% ---- the network --------------------------------------------------------------------------------

%% Groups: lists of names. Nodes of different groups are cut off from each other.
partition(#{machine := Machine} = Cluster, Groups) ->
    [begin
         machine:cut(One, Other, Machine),
         machine:cut(Other, One, Machine)
     end || {Index, Group} <- lists:enumerate(Groups), One <- Group,
            Rest <- lists:nthtail(Index, Groups), Other <- Rest],
    Cluster.

%% Only what goes from the nodes of the first group to those of the second is lost.
cut_one_way(#{machine := Machine} = Cluster, [From, To]) ->
    [machine:cut_one_way(One, Other, Machine) || One <- From, Other <- To],
    Cluster.

heal(#{machine := Machine} = Cluster) ->
    machine:heal(Machine),
    Cluster.

%% ---- orders -------------------------------------------------------------------------------------

call(Cluster, Name, Module, Function) -> call(Cluster, Name, Module, Function, []).

call(#{nodes := Nodes}, Name, Module, Function, Arguments) ->
    #{Name := #{peer := Peer}} = Nodes,
    peer:call(Peer, Module, Function, Arguments, ?ORDER_MS).

%% Whether a node carries out orders: it lives and is not paused.
is_up(#{nodes := Nodes} = Cluster, Name) ->
    case Nodes of
        #{Name := #{state := up}} -> lives(Cluster, Name);
        #{} -> false
    end.

%% Whether the operating-system process of a node lives: it may have ended by itself.
lives(#{nodes := Nodes}, Name) ->
    case Nodes of
        #{Name := #{process := Process}} -> machine:exists(Process);
        #{} -> false
    end.

running(#{nodes := Nodes} = Cluster) ->
    [Name || Name <- lists:sort(maps:keys(Nodes)), is_up(Cluster, Name)].

%% ---- rest ---------------------------------------------------------------------------------------

%% Waits until the cluster is at rest: longer as long as connections come and go.
rest(#{apart := false} = Cluster) -> rest(Cluster, ?REST_MS);
rest(#{apart := true} = Cluster) -> rest(Cluster, ?REST_APART_MS).

rest(#{seen := Seen} = Cluster, Milliseconds) ->
    timer:sleep(Milliseconds * machine:patience()),
    case connections(Cluster) of
        Seen -> Cluster;
        Changed -> rest(Cluster#{seen := Changed}, ?MEETING_MS)
    end.

connections(Cluster) ->
    maps:from_list([{Name, connections(Cluster, Name)} || Name <- running(Cluster)]).

connections(Cluster, Name) ->
    try lists:sort(call(Cluster, Name, erlang, nodes, [connected]))
    catch exit:_ItHasJustEnded -> []
    end.
