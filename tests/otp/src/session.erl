%% One transcript on real nodes: carries out its commands one by one and keeps what they named.
-module(session).
-export([new/2, remove/1, carry_out/2]).

%% An order that has no result by then stays with its process, which is busy.
-define(PATIENCE_MS, 30000).

%% The commands to come say which nodes there will be, whether they will be cut off from each
%% other, and the applications that they boot with. Build: a folder of compiled modules.
new(Commands, Build) ->
    Lines = [words:split(Command) || Command <- Commands],
    Cluster = cluster:new(#{names => lists:append([nodes_of(Line) || Line <- Lines]),
                            apart => lists:any(fun(Line) -> hd(Line) =:= "partition" end, Lines),
                            build => Build}),
    #{cluster => Cluster, named => #{}, texts => #{}, count => 0, busy => #{},
      applications => #{}}.

nodes_of(["nodes" | Words]) ->
    {Names, _} = words:options(Words),
    [list_to_atom(Name) || Name <- Names, not lists:member(Name, ["hidden", "down"])];
nodes_of(_) -> [].

remove(#{cluster := Cluster}) -> cluster:remove(Cluster).

%% The lines of the answer, and the session after the cluster has come to rest.
carry_out(Command, Session) ->
    Words = words:split(Command),
    {Answer, #{cluster := Cluster} = After} = command(Words, Session),
    {Lines, Shown} = shown(Answer, After),
    case is_question(hd(Words)) of
        true -> {Lines, Shown};
        false -> {Lines, Shown#{cluster := cluster:rest(Cluster)}}
    end.

%% What only looks disturbs no rest.
is_question(Word) ->
    lists:member(Word, ["mailbox", "alive", "reason", "result", "nodes_of", "up", "where",
                        "children", "count_children", "status", "applications"]).

%% ---- answers ------------------------------------------------------------------------------------

%% An answer is `none`, `{value, Term}`, `{exception, Class, Reason}`, `{refused, Text}`,
%% or a list of these.
shown(Answers, Session) when is_list(Answers) ->
    {Lines, After} = lists:mapfoldl(fun shown/2, Session, Answers),
    {lists:append(Lines), After};
shown(none, Session) -> {[], Session};
shown({value, none}, Session) -> {[], Session};
shown({value, Term}, Session) -> line("", Term, Session);
shown({exception, Class, Reason}, Session) ->
    line(["** exception ", atom_to_list(Class), ": "], Reason, Session);
shown({sorted, Terms}, Session) ->
    {Lines, After} = shown([{value, Term} || Term <- Terms], Session),
    {lists:sort(Lines), After};
shown({refused, Text}, Session) -> {[["** ", Text]], Session}.

line(Prefix, Term, Session) ->
    #{texts := Texts} = Numbered = numbered(Term, Session),
    {[lists:flatten([Prefix, print:term(Term, Texts)])], Numbered}.

%% Pids and references without a name are numbered as they first appear.
numbered(Term, #{texts := Texts} = Session) ->
    lists:foldl(fun number/2, Session, print:unnamed(Term, Texts)).

number(Identifier, #{texts := Texts} = Session) when is_map_key(Identifier, Texts) -> Session;
number(Identifier, #{texts := Texts, count := Count} = Session) ->
    Text = "<#" ++ integer_to_list(Count + 1) ++ ">",
    Session#{texts := Texts#{Identifier => Text}, count := Count + 1}.

%% Only what identifies something takes a name: `whereis` may have found nobody.
name(Answered, #{named := Named, texts := Texts} = Session) ->
    Bound = maps:filter(fun(_, It) -> is_pid(It) orelse is_reference(It) end, Answered),
    New = maps:from_list([{Value, ["<", atom_to_list(Name), ">"]}
                          || {Name, Value} <- maps:to_list(Bound)]),
    Session#{named := maps:merge(Named, Bound), texts := maps:merge(Texts, New)}.

%% ---- commands about nodes -----------------------------------------------------------------------

command(["wait", Time], Session) ->
    timer:sleep(words:duration(Time)),
    {none, Session};
command(["nodes" | Words], #{cluster := Cluster} = Session) ->
    {Names, Specifications} = settings:nodes(Words, Session),
    Do = case lists:member("down", Words) of true -> declare; false -> start end,
    {none, booted(Names, Session#{cluster := cluster:Do(Cluster, Specifications)})};
command(["restart", Word], #{cluster := Cluster} = Session) ->
    Name = list_to_atom(Word),
    case cluster:lives(Cluster, Name) of
        true -> {refused(Word, "up"), Session};
        false -> {none, booted([Name], Session#{cluster := cluster:restart(Cluster, Name)})}
    end;
command(["partition" | Words], Session) -> {none, partition(Words, Session)};
command(["heal"], #{cluster := Cluster} = Session) ->
    {none, Session#{cluster := cluster:heal(Cluster)}};
command(["up", Word], #{cluster := Cluster} = Session) ->
    {{value, cluster:lives(Cluster, list_to_atom(Word))}, Session};
command(["resume", Word], #{cluster := Cluster} = Session) ->
    Name = list_to_atom(Word),
    case cluster:lives(Cluster, Name) of
        true -> {none, Session#{cluster := cluster:resume(Cluster, Name)}};
        false -> {refused(Word, "down"), Session}
    end;
command(["crash", Word], #{cluster := Cluster} = Session) -> % a node that stands still as well
    Name = list_to_atom(Word),
    case cluster:lives(Cluster, Name) of
        true -> {none, Session#{cluster := cluster:crash(Cluster, Name)}};
        false -> {refused(Word, "down"), Session}
    end;
command(["stop", Word | Rest], #{applications := Applications} = Session)
  when is_map_key(Word, Applications) ->
    {with_application(stop, Word, Rest, Session), Session};
command([Function, Word], #{cluster := Cluster} = Session)
  when Function =:= "halt"; Function =:= "stop"; Function =:= "pause" ->
    Name = list_to_atom(Word),
    case cluster:is_up(Cluster, Name) of
        true ->
            Do = list_to_atom(Function),
            {none, Session#{cluster := cluster:Do(Cluster, Name)}};
        false ->
            {not_up(Name, Cluster), Session}
    end;
command(["connect", A, B], S) -> at(A, net_kernel, connect_node, [full(B, S)], S);
command(["disconnect", A, B], S) -> at(A, erlang, disconnect_node, [full(B, S)], S);
command(["ping", A, B], S) -> at(A, net_adm, ping, [full(B, S)], S);
command(["nodes_of", A], S) -> sorted(at(A, erlang, nodes, [visible], S));
command(["nodes_of", A, Kind], S) -> sorted(at(A, erlang, nodes, [list_to_atom(Kind)], S));
command(["net_kernel_start", A], S) -> command(["net_kernel_start", A, "as", A], S);
command(["net_kernel_start", A, "as", B], S) ->
    distributed(A, at(A, net_kernel, start, [[full(B, S), longnames]], S));
command(["net_kernel_stop", A], S) -> distributed(A, at(A, net_kernel, stop, [], S));
command(["cookie", A, Cookie], S) -> at(A, erlang, set_cookie, [list_to_atom(Cookie)], S);
command(["cookie", A, Cookie, "for", B], S) ->
    at(A, erlang, set_cookie, [full(B, S), list_to_atom(Cookie)], S);
command(["registered", A, Name | As], S) ->
    named(As, at(A, erlang, whereis, [term(Name, S)], S));

%% ---- commands about applications ----------------------------------------------------------------

command(["application", Name, "on" | Words], Session) ->
    {none, applications:declare(Name, Words, Session)};
command([Function, Name | Rest], Session)
  when Function =:= "start"; Function =:= "ensure_started"; Function =:= "ensure_all_started";
       Function =:= "load"; Function =:= "unload" ->
    {with_application(list_to_atom(Function), Name, Rest, Session), Session};
command(["get_env", Name, Key, "on", Node], S) ->
    at(Node, application, get_env, [list_to_atom(Name), list_to_atom(Key)], S);
command(["set_env", Name, Key, Value, "on", Node], S) ->
    at(Node, application, set_env, [list_to_atom(Name), list_to_atom(Key), term(Value, S)], S);
command(["applications", Word], #{cluster := Cluster} = Session) ->
    Node = list_to_atom(Word),
    case cluster:is_up(Cluster, Node) of
        true -> {{value, applications:running(Node, Session)}, Session};
        false -> {not_up(Node, Cluster), Session}
    end;
command(["takeover", Name, Node], Session) ->
    at(Node, application, takeover, applications:name_and_type(Name, Session), Session);
command(["permit", Name, Node, Flag], Session) ->
    at(Node, application, permit, [list_to_atom(Name), list_to_atom(Flag)], Session);
command(["where", Name], Session) ->
    {{value, applications:where(list_to_atom(Name), Session)}, Session};

%% ---- commands about processes -------------------------------------------------------------------

command(["spawn", Name, "on", Node], Session) ->
    spawned(Name, at(Node, erlang, spawn, [probe, init, []], Session));
command([Spawn, Name, "on", Node, "by", Parent | Rest], Session)
  when Spawn =:= "spawn_link"; Spawn =:= "spawn_monitor"; Spawn =:= "spawn_opt" ->
    {Flags, As} = lists:splitwith(fun(Word) -> Word =/= "as" end, Rest),
    Operation = {spawn, [full(Node, Session), spawn_options(Spawn, Flags)],
                 {list_to_atom(Name), as(As)}},
    by(Parent, [Operation], Session);
command(["server", Name, "by", Parent | Words], S) ->
    by(Parent, [{server, operations:server(Words, full_name(S)), list_to_atom(Name)}], S);
command(["server", Name, "on", Node | Words], S) ->
    started(Name, at(Node, echo_server, start, operations:server(Words, full_name(S)), S));
command(["supervisor", Name, "by", Parent | Words], S) ->
    Arguments = operations:supervisor(Words, full_name(S)),
    by(Parent, [{supervisor, Arguments, list_to_atom(Name)}], S);
command(["supervisor", Name, "on", Node | Words], S) ->
    Arguments = operations:supervisor(Words, full_name(S)),
    started(Name, at(Node, echo_supervisor, start, Arguments, S));
command(["children", Name], S) -> supervisor(Name, which_children, S);
command(["count_children", Name], S) -> supervisor(Name, count_children, S);
command(["start_child", Name, Child, "as", As], S) ->
    started(As, command(["start_child", Name, Child], S));
command([Function, Name, Child], S)
  when Function =:= "start_child"; Function =:= "terminate_child"; Function =:= "delete_child";
       Function =:= "restart_child" ->
    supervisor(Name, {list_to_atom(Function), resolved(Child, S)}, S);
command(["mailbox", Name | Sorted], Session) -> mailbox(Name, Sorted =/= [], Session);
command(["alive", Name], Session) ->
    about(Name, is_alive, {value, false}, Session);
command(["status", Name], Session) ->
    about(Name, status, {value, undefined}, Session);
command(["reason", Name], Session) ->
    about(Name, reason, {value, undefined}, Session);
command(["result", Name], Session) -> result(list_to_atom(Name), Session);
command([Name | Words], #{named := Named} = Session) ->
    {Foreground, Background} = lists:splitwith(fun(Word) -> Word =/= "&" end, Words),
    Operations = operations:parse(words:operations(Foreground), maps:keys(Named),
                                  full_name(Session)),
    case Background of
        [] -> by(Name, Operations, Session);
        ["&"] -> in_background(Name, Operations, Session)
    end.

%% ---- orders to nodes ----------------------------------------------------------------------------

%% Calls a function on a node, as a process of that node that is none of the transcript's.
at(Word, Module, Function, Arguments, #{cluster := Cluster} = Session) ->
    Name = list_to_atom(Word),
    case cluster:is_up(Cluster, Name) of
        true -> {outcome(Cluster, Name, Module, Function, Arguments), Session};
        false -> {not_up(Name, Cluster), Session}
    end.

outcome(Cluster, Name, Module, Function, Arguments) ->
    try {value, cluster:call(Cluster, Name, Module, Function, Arguments)}
    catch Class:Reason -> {exception, Class, Reason}
    end.

not_up(Name, Cluster) ->
    Text = atom_to_list(Name),
    case cluster:lives(Cluster, Name) of
        true -> refused(Text, "paused");
        false -> refused(Text, "down")
    end.

refused(Who, What) -> {refused, [Who, " is ", What]}.

%% The first node that is named and is not up is complained of.
with_application(Function, Name, Rest, #{cluster := Cluster} = Session) ->
    Named = [list_to_atom(Word) || Word <- Rest, Word =/= "on"],
    case [Node || Node <- lists:sort(Named), not cluster:is_up(Cluster, Node)] of
        [Node | _] -> not_up(Node, Cluster);
        [] -> applications:at_all(Function, Name, Rest, Session)
    end.

%% What `net_kernel` answered, without what no two nodes have in common; and the processes and
%% references of the node as they are now: their identities hold the name of the node.
distributed(Word, {{value, Answer}, #{cluster := Cluster, named := Named} = Session}) ->
    Node = list_to_atom(Word),
    Own = maps:filter(fun(_, It) -> home(It, Session) =:= Node end, Named),
    Now = maps:map(fun(_, Identity) -> renewed(Identity, Node, Cluster) end, Own),
    {{value, distribution(Answer)}, name(Now, Session)};
distributed(_Word, Refused) -> Refused.

renewed(Process, Node, Cluster) when is_pid(Process) ->
    [_, Rest] = string:split(pid_to_list(Process), "."),
    cluster:call(Cluster, Node, erlang, list_to_pid, ["<0." ++ Rest]);
renewed(Reference, Node, Cluster) when is_reference(Reference) ->
    [_, Rest] = string:split(ref_to_list(Reference), "."),
    cluster:call(Cluster, Node, erlang, list_to_ref, ["#Ref<0." ++ Rest]).

distribution(ok) -> ok;
distribution({ok, _Pid}) -> ok;
distribution({error, {already_started, _Pid}}) -> {error, already_started};
distribution({error, {{already_started, _Pid}, _ChildSpecification}}) -> {error, already_started};
distribution({error, {{shutdown, {failed_to_start_child, net_kernel,
                                  {'EXIT', nodistribution}}}, _}}) -> {error, nodistribution};
distribution({error, Reason}) when is_atom(Reason) -> {error, Reason}.

%% A node also knows the recorder, which gives it its orders.
sorted({{value, List}, Session}) ->
    {{value, {'$sorted', lists:delete(nonode@nohost, List)}}, Session};
sorted(Refused) -> Refused.

named(["as", Name], {{value, Process}, Session}) when is_pid(Process) ->
    {{value, Process}, name(#{list_to_atom(Name) => Process}, Session)};
named(_, Answered) -> Answered.

spawned(Name, {{value, Process}, Session}) ->
    {none, name(#{list_to_atom(Name) => Process}, Session)};
spawned(_Name, Refused) -> Refused.

started(Name, {{value, {ok, Process}} = Answer, Session}) ->
    {Answer, name(#{list_to_atom(Name) => Process}, Session)};
started(_Name, NotStarted) -> NotStarted.

%% What every node needs once it has booted.
booted(Names, #{cluster := Cluster} = Session) ->
    Up = [Name || Name <- Names, cluster:is_up(Cluster, Name)],
    [cluster:call(Cluster, Name, witness, start) || Name <- Up],
    [applications:load(Name, Session) || Name <- Up],
    Session.

partition(Words, #{cluster := Cluster} = Session) ->
    Groups = [[list_to_atom(Word) || Word <- Group] || Group <- groups(Words)],
    case lists:member("->", Words) of
        true -> Session#{cluster := cluster:cut_one_way(Cluster, Groups)};
        false -> Session#{cluster := cluster:partition(Cluster, Groups)}
    end.

groups(Words) ->
    case lists:splitwith(fun(Word) -> Word =/= "|" andalso Word =/= "->" end, Words) of
        {Group, [_ | Rest]} -> [Group | groups(Rest)];
        {Group, []} -> [Group]
    end.

%% ---- orders to processes ------------------------------------------------------------------------

by(Name, Operations, Session) ->
    case order(list_to_atom(Name), Operations, Session) of
        {ordered, Task, Ordered} -> awaited(list_to_atom(Name), Task, ?PATIENCE_MS, Ordered);
        Refused -> {Refused, Session}
    end.

in_background(Name, Operations, Session) ->
    case order(list_to_atom(Name), Operations, Session) of
        {ordered, _Task, Ordered} -> {none, Ordered};
        Refused -> {Refused, Session}
    end.

%% An order runs in a task of the recorder, so that other processes can be told something while
%% this one waits.
order(Name, _Operations, #{busy := Busy}) when is_map_key(Name, Busy) ->
    refused(atom_to_list(Name), "busy");
order(Name, Operations, #{cluster := Cluster, named := Named, busy := Busy} = Session) ->
    Process = maps:get(Name, Named),
    Node = home(Process, Session),
    case cluster:is_up(Cluster, Node) of
        true ->
            Arguments = [Process, Operations, Named],
            Task = spawn_monitor(fun() ->
                exit({outcomes, cluster:call(Cluster, Node, probe, order, Arguments)})
            end),
            {ordered, Task, Session#{busy := Busy#{Name => Task}}};
        false ->
            ended_or_paused(Name, Node, Cluster)
    end.

ended_or_paused(Name, Node, Cluster) ->
    case cluster:lives(Cluster, Node) of
        true -> refused(atom_to_list(Node), "paused");
        false -> ended(Name)
    end.

ended(Name) -> {refused, [atom_to_list(Name), " has ended"]}.

awaited(Name, {Task, Monitor}, Milliseconds, #{busy := Busy} = Session) ->
    receive
        {'DOWN', Monitor, process, Task, {outcomes, dead}} ->
            {ended(Name), Session#{busy := maps:remove(Name, Busy)}};
        {'DOWN', Monitor, process, Task, {outcomes, Outcomes}} ->
            lists:mapfoldl(fun bound/2, Session#{busy := maps:remove(Name, Busy)}, Outcomes);
        {'DOWN', Monitor, process, Task, _NodeWentDown} ->
            {none, Session#{busy := maps:remove(Name, Busy)}}
    after Milliseconds ->
        {pending(Milliseconds), Session}
    end.

bound({Outcome, Bound}, Session) -> {Outcome, name(Bound, Session)}.

pending(0) -> {value, pending};
pending(_) -> {refused, "no answer yet"}.

result(Name, #{busy := Busy} = Session) ->
    #{Name := Task} = Busy,
    awaited(Name, Task, 0, Session).

mailbox(Name, IsSorted, #{cluster := Cluster, named := Named} = Session) ->
    Process = maps:get(list_to_atom(Name), Named),
    Node = home(Process, Session),
    case cluster:is_up(Cluster, Node)
        andalso cluster:call(Cluster, Node, probe, mailbox, [Process])
    of
        false -> {ended_or_paused(list_to_atom(Name), Node, Cluster), Session};
        dead -> {ended(list_to_atom(Name)), Session};
        Messages when IsSorted -> {{sorted, Messages}, Session};
        Messages -> {[{value, Message} || Message <- Messages], Session}
    end.

%% Asks the witness of a process's node about it.
about(Name, Question, WithoutNode, #{cluster := Cluster, named := Named} = Session) ->
    Process = maps:get(list_to_atom(Name), Named),
    Node = home(Process, Session),
    case {cluster:is_up(Cluster, Node), cluster:lives(Cluster, Node)} of
        {true, _} -> {{value, cluster:call(Cluster, Node, witness, Question, [Process])}, Session};
        {false, true} -> {not_up(Node, Cluster), Session};
        {false, false} -> {WithoutNode, Session}
    end.

supervisor(Name, Question, #{named := Named} = Session) ->
    Process = maps:get(list_to_atom(Name), Named),
    Node = atom_to_list(home(Process, Session)),
    at(Node, echo_supervisor, ask, [Question, Process], Session).

home(Process, #{cluster := Cluster}) when node(Process) =:= nonode@nohost ->
    cluster:nameless(Cluster);
home(Process, #{cluster := Cluster}) ->
    maps:get(node(Process), cluster:short_names(Cluster)).

spawn_options("spawn_link", []) -> [link];
spawn_options("spawn_monitor", []) -> [monitor];
spawn_options("spawn_opt", Flags) -> [list_to_atom(Flag) || Flag <- Flags].

as([]) -> none;
as(["as", Name]) -> list_to_atom(Name).

%% ---- terms --------------------------------------------------------------------------------------

full_name(#{cluster := Cluster}) -> fun(Name) -> cluster:full_name(Cluster, Name) end.

full(Word, Session) -> (full_name(Session))(list_to_atom(Word)).

term(Word, Session) -> words:term(Word, full_name(Session)).

resolved(Word, #{named := Named} = Session) -> words:resolve(term(Word, Session), Named).
