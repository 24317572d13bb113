%% The one instance: it puts the messages of a room in order, gets them to the stores, and answers.
%%
%% With `sync` replication a post is answered when the stores on all connected nodes have it, with
%% `async` when the store of this node has it.
-module(database_server).
-behaviour(gen_server).

-include_lib("kernel/include/logger.hrl").

-export([start_link/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% How long a new instance waits for the old one to hand over.
-define(HAND_OVER_TIMEOUT, 5000).
%% How often an instance looks for the holder of its name, and the pause between two looks.
-define(CLAIMS, 20).
-define(CLAIM_PAUSE, 5).
%% How often it asks the stores to follow it, and how long it waits for them.
-define(ROUNDS, 20).
-define(ELECTION_TIMEOUT, 2000).

start_link(StartType) ->
    gen_server:start_link({local, database}, ?MODULE, StartType, []).

init(StartType) ->
    ok = net_kernel:monitor_nodes(true),
    case claim(StartType) of
        yes ->
            lead(StartType);
        {no, Holder} ->
            {stop, {already_started, Holder}}
    end.

claim({takeover, Old}) ->
    try
        handed_over = gen_server:call({database, Old}, hand_over, ?HAND_OVER_TIMEOUT),
        yes
    catch
        exit:Reason ->
            ?LOG_WARNING("takes over from ~p, which does not answer: ~p", [Old, Reason]),
            yes
    end;
claim(_StartType) ->
    register_name(?CLAIMS).

%% The name of an instance that has just died may be taken for a moment longer.
register_name(Left) ->
    case global:register_name(database, self()) of
        yes ->
            yes;
        no ->
            case global:whereis_name(database) of
                Holder when is_pid(Holder), node(Holder) =/= node() ->
                    {no, Holder};
                Holder when Left =< 1 ->
                    {no, Holder};
                _ ->
                    timer:sleep(?CLAIM_PAUSE),
                    register_name(Left - 1)
            end
    end.

lead(StartType) ->
    {follows, Latest} = gen_server:call(database_store, latest),
    case elect(Latest, ?ROUNDS) of
        {ok, Epoch, Entries} ->
            case StartType of
                {takeover, _} -> yes = global:re_register_name(database, self());
                _ -> ok
            end,
            {ok, state(Epoch, Entries, #{})};
        {error, Reason} ->
            {stop, Reason}
    end.

%% Finds an epoch that is later than all that the stores in reach know of, adopts the best of their
%% logs, and gives it to all of them.
elect(_Latest, 0) ->
    {error, no_store};
elect({Number, _}, Rounds) ->
    Epoch = {Number + 1, node()},
    case ask(stores(), {elect, Epoch}, ?ELECTION_TIMEOUT) of
        {ok, Replies} ->
            Logs = [{Last, length(Entries), Entries} || {elected, Last, Entries} <- Replies],
            {_, _, Best} = lists:max(Logs),
            case ask(followers(), {append, Epoch, 0, Best}, ?ELECTION_TIMEOUT) of
                {ok, _} -> {ok, Epoch, Best};
                {fenced, Later} -> elect_again(Later, Rounds);
                no_store -> elect_again(Epoch, Rounds)
            end;
        {fenced, Later} ->
            elect_again(Later, Rounds);
        no_store ->
            elect_again(Epoch, Rounds)
    end.

elect_again(Epoch, Rounds) ->
    timer:sleep(rand:uniform(20)),
    elect(Epoch, Rounds - 1).

%% Asks stores. One that is out of reach is passed over, unless it is this node's.
ask(Nodes, Request, Timeout) ->
    {Replies, Bad} = gen_server:multi_call(Nodes, database_store, Request, Timeout),
    Fenced = [Later || {_, {fenced, Later}} <- Replies],
    case {Fenced, lists:member(node(), Bad)} of
        {[_ | _], _} -> {fenced, lists:max(Fenced)};
        {[], true} -> no_store;
        {[], false} -> {ok, [Reply || {_, Reply} <- Replies]}
    end.

stores() ->
    [node() | [Node || Node <- others(), lists:member(Node, nodes())]].

followers() ->
    case application:get_env(database, replication) of
        {ok, none} -> [node()];
        {ok, _} -> stores()
    end.

others() ->
    {ok, Applications} = application:get_env(kernel, distributed),
    lists:delete(node(), nodes_of(lists:keyfind(database, 1, Applications))).

nodes_of({database, Nodes}) -> Nodes;
nodes_of({database, _Timeout, Nodes}) -> Nodes.

%% What the log makes of the rooms.
state(Epoch, Entries, Members) ->
    Empty = #{epoch => Epoch, entries => Entries, rooms => #{}, keys => #{}, members => Members,
              retired => undefined},
    lists:foldl(fun enter/2, Empty, Entries).

enter({_, Room, Number, Text, Key}, #{rooms := Rooms, keys := Keys} = State) ->
    Said = maps:get(Room, Rooms, []),
    Known = case Key of
                undefined -> Keys;
                _ -> Keys#{Key => Number}
            end,
    State#{rooms := Rooms#{Room => [Text | Said]}, keys := Known}.

handle_call(hand_over, {Pid, _}, State) ->
    ?LOG_NOTICE("hands over"),
    {reply, handed_over, State#{retired := erlang:monitor(process, Pid)}};
handle_call({do, _Operation}, _From, #{retired := Retired} = State) when Retired =/= undefined ->
    {reply, {error, not_leading}, State};
handle_call({do, {read, #{room := Room}}}, _From, #{rooms := Rooms} = State) ->
    {reply, {ok, {messages, lists:reverse(maps:get(Room, Rooms, []))}}, State};
handle_call({do, {join, #{room := Room, user := User}}}, _From, #{members := Members} = State) ->
    Now = ordsets:add_element(User, maps:get(Room, Members, [])),
    {reply, {ok, {joined, length(Now)}}, State#{members := Members#{Room => Now}}};
handle_call({do, {post, #{key := Key} = Post}}, _From, #{keys := Keys} = State) ->
    case Keys of
        #{Key := Number} -> {reply, {ok, {posted, Number}}, State};
        #{} -> post(Post, State)
    end.

post(#{room := Room, text := Text, key := Key}, #{epoch := Epoch, rooms := Rooms} = State) ->
    Number = length(maps:get(Room, Rooms, [])) + 1,
    Entry = {Epoch, Room, Number, Text, Key},
    case replicate(Entry, State) of
        {ok, _} ->
            #{entries := Entries} = State,
            {reply, {ok, {posted, Number}}, enter(Entry, State#{entries := Entries ++ [Entry]})};
        {fenced, Later} ->
            lead_again(Later, State, {error, superseded});
        no_store ->
            {stop, no_store, {error, no_store}, State}
    end.

replicate(Entry, #{epoch := Epoch, entries := Entries}) ->
    At = length(Entries),
    Append = {append, Epoch, At, [Entry]},
    case application:get_env(database, replication) of
        {ok, sync} ->
            Nodes = stores(),
            {Replies, _} = Asked = gen_server:multi_call(Nodes, database_store, Append),
            case [Node || {Node, behind} <- Replies] of
                [] -> judged(Asked);
                Behind -> ask(Behind, {append, Epoch, 0, Entries ++ [Entry]}, infinity)
            end;
        {ok, Replication} ->
            Others = [Node || Replication =:= async, Node <- stores(), Node =/= node()],
            gen_server:abcast(Others, database_store, {append, Epoch, At, [Entry], self()}),
            ask([node()], Append, infinity)
    end.

judged({Replies, Bad}) ->
    Fenced = [Later || {_, {fenced, Later}} <- Replies],
    case {Fenced, lists:member(node(), Bad)} of
        {[_ | _], _} -> {fenced, lists:max(Fenced)};
        {[], true} -> no_store;
        {[], false} -> {ok, Replies}
    end.

%% Another instance has led meanwhile: this one takes its log, and a later epoch.
lead_again(Later, #{members := Members} = State, Reply) ->
    case elect(Later, ?ROUNDS) of
        {ok, Epoch, Entries} -> {reply, Reply, state(Epoch, Entries, Members)};
        {error, Reason} -> {stop, Reason, Reply, State}
    end.

handle_cast({not_appended, Node, behind}, State) ->
    {noreply, bring_up_to_date(Node, State)};
handle_cast({not_appended, _Node, {fenced, Later}}, State) ->
    led(lead_again(Later, State, ok)).

handle_info({nodeup, Node}, State) ->
    {noreply, bring_up_to_date(Node, State)};
handle_info({nodedown, Node}, State) ->
    case lists:member(Node, others()) of
        true -> ?LOG_NOTICE("goes on without ~p", [Node]);
        false -> ok
    end,
    {noreply, State};
%% The new instance has not come up.
handle_info({'DOWN', Monitor, process, _, _}, #{retired := Monitor, epoch := Epoch} = State) ->
    led(lead_again(Epoch, State#{retired := undefined}, ok));
handle_info(_Message, State) ->
    {noreply, State}.

led({reply, _, State}) -> {noreply, State};
led({stop, Reason, _, State}) -> {stop, Reason, State}.

bring_up_to_date(Node, #{retired := undefined, epoch := Epoch, entries := Entries} = State) ->
    case lists:member(Node, others()) andalso followers() =/= [node()] of
        true ->
            gen_server:abcast([Node], database_store, {append, Epoch, 0, Entries, self()}),
            State;
        false ->
            State
    end;
bring_up_to_date(_Node, State) ->
    State.
