%% Hosts that can be cut off from each other: one network namespace for each node, joined by a
%% bridge in a namespace of its own, so that nothing is added to the network of the machine.
-module(namespaces).
-export([up/2, down/1, name/2, address/1, drop/3, cut_one_way/3, heal/2]).

%% The namespaces of one recording begin with Prefix, so that two recordings do not meet.
up(Prefix, Count) ->
    Switch = switch(Prefix),
    run("ip netns add ~s", [Switch]),
    run("ip -n ~s link add br0 type bridge", [Switch]),
    run("ip -n ~s link set br0 up", [Switch]),
    lists:foreach(fun(Index) -> add(Prefix, Switch, Index) end, lists:seq(1, Count)).

add(Prefix, Switch, Index) ->
    Name = name(Prefix, Index),
    run("ip netns add ~s", [Name]),
    run("ip -n ~s link add eth0 type veth peer name v~w netns ~s", [Name, Index, Switch]),
    run("ip -n ~s link set v~w master br0", [Switch, Index]),
    run("ip -n ~s link set v~w up", [Switch, Index]),
    run("ip -n ~s addr add ~s/24 dev eth0", [Name, address(Index)]),
    run("ip -n ~s link set eth0 up", [Name]),
    run("ip -n ~s link set lo up", [Name]),
    run("ip netns exec ~s epmd -daemon", [Name]).

down(Prefix) ->
    Names = string:lexemes(os:cmd("ip netns list | cut -d' ' -f1"), "\n"),
    [remove(Name) || Name <- Names, lists:prefix(Prefix, Name)],
    ok.

remove(Name) ->
    os:cmd("for p in $(ip netns pids " ++ Name ++ "); do kill -9 $p; done 2>&1"),
    run("ip netns del ~s", [Name]).

name(Prefix, Index) -> Prefix ++ integer_to_list(Index).

address(Index) -> "10.77.0." ++ integer_to_list(Index).

switch(Prefix) -> Prefix ++ "sw".

%% Nothing passes between two namespaces any more, and they are not told: a rejected packet would close
%% the connection at once.
drop(Prefix, At, From) ->
    Name = name(Prefix, At),
    run("ip netns exec ~s iptables -A INPUT -s ~s -j DROP", [Name, address(From)]),
    run("ip netns exec ~s iptables -A OUTPUT -d ~s -j DROP", [Name, address(From)]).

%% Only what goes from One to Other is lost.
cut_one_way(Prefix, One, Other) ->
    run("ip netns exec ~s iptables -A INPUT -s ~s -j DROP", [name(Prefix, Other), address(One)]).

heal(Prefix, Count) ->
    [run("ip netns exec ~s iptables -F", [name(Prefix, Index)]) || Index <- lists:seq(1, Count)],
    ok.

%% These commands say nothing when they succeed.
run(Format, Arguments) ->
    Command = lists:flatten(io_lib:format(Format, Arguments)),
    case os:cmd(Command ++ " 2>&1") of
        "" -> ok;
        Complaint -> error({Command, Complaint})
    end.
