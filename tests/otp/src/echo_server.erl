%% The gen_server of the transcripts: the request says what it does. Its state is the list of the
%% casts and messages that it was not asked to act on.
-module(echo_server).
-behaviour(gen_server).
-export([start/3, start_link/3, start_child/2, start_unnamed/3]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

%% Name: `none`, `{local, _}`, `{global, _}` or `{via, _, _}`. Init: a list of `trap_exit`, `{init, What}`,
%% `{tell, Destination}`, `{slow, Milliseconds}` and the `{id, Id}` that it tells.
start(none, Init, Options) -> gen_server:start(?MODULE, Init, Options);
start(Name, Init, Options) -> gen_server:start(Name, ?MODULE, Init, Options).

start_link(none, Init, Options) -> gen_server:start_link(?MODULE, Init, Options);
start_link(Name, Init, Options) -> gen_server:start_link(Name, ?MODULE, Init, Options).

%% A child of a supervisor, registered under its id unless it has a name in the cluster.
start_child(Id, Options) ->
    IsName = fun(Option) -> lists:member(element(1, Option), [global, via]) end,
    case lists:partition(IsName, proplists:unfold(Options)) of
        {[Name], Init} -> start_link(Name, [{id, Id} | Init], []);
        {[], _} -> start_link({local, Id}, [{id, Id} | Options], [])
    end.

%% A child that was made after a template.
start_unnamed(Id, Options, More) -> start_link(none, [{id, Id} | More ++ Options], []).

init(Init) ->
    witness:watch(self()),
    process_flag(trap_exit, proplists:get_bool(trap_exit, Init)),
    put(init, Init),
    tell({starts, proplists:get_value(id, Init)}),
    begins(proplists:get_value(init, Init, normally)).

begins(normally) -> {ok, []};
begins(ignore) -> ignore;
begins({stop, Reason}) -> {stop, Reason};
begins({exit, Reason}) -> exit(Reason);
begins({error, Reason}) -> error(Reason);
begins({throw, Value}) -> throw(Value);
begins({sleep, Milliseconds}) -> timer:sleep(Milliseconds), {ok, []};
begins({needs, Name} = Needs) ->
    case whereis(Name) of
        undefined -> {stop, Needs};
        _ -> {ok, []}
    end;
begins({ignores_without, Name}) ->
    case whereis(Name) of
        undefined -> ignore;
        _ -> {ok, []}
    end.

%% Says something to whom it was told to say it.
tell(Message) ->
    case proplists:get_value(tell, get(init)) of
        undefined -> ok;
        {Name, Node} -> {Name, Node} ! Message;
        Name -> {Name, node()} ! Message
    end.

handle_call({echo, Term}, _From, State) -> {reply, Term, State};
handle_call({sleep, Milliseconds, Term}, _From, State) ->
    timer:sleep(Milliseconds),
    {reply, Term, State};
handle_call({reply_later, Milliseconds, Term}, From, State) ->
    erlang:send_after(Milliseconds, self(), {'$reply', From, Term}),
    {noreply, State};
handle_call(noreply, _From, State) -> {noreply, State};
handle_call({exit, Reason}, _From, _State) -> exit(Reason);
handle_call({error, Reason}, _From, _State) -> error(Reason);
handle_call({throw, Value}, _From, _State) -> throw(Value);
handle_call({stop, Reason, Reply}, _From, State) -> {stop, Reason, Reply, State};
handle_call({stop, Reason}, _From, State) -> {stop, Reason, State};
handle_call(state, _From, State) -> {reply, State, State};
handle_call({trap_exit, Flag}, _From, State) -> {reply, process_flag(trap_exit, Flag), State};
handle_call({stop_application, Name}, _From, State) ->
    application:stop(Name),
    {reply, ok, State};
handle_call({call, Server, Request}, _From, State) ->
    {reply, gen_server:call(Server, Request), State}.

handle_cast({sleep, Milliseconds, _Term}, State) ->
    timer:sleep(Milliseconds),
    {noreply, State};
handle_cast({exit, Reason}, _State) -> exit(Reason);
handle_cast({error, Reason}, _State) -> error(Reason);
handle_cast({stop, Reason}, State) -> {stop, Reason, State};
handle_cast(Term, State) -> {noreply, State ++ [{cast, Term}]}.

handle_info({'$reply', From, Term}, State) ->
    gen_server:reply(From, Term),
    {noreply, State};
handle_info(Message, State) -> {noreply, State ++ [{info, Message}]}.

terminate(Reason, _State) ->
    timer:sleep(proplists:get_value(slow, get(init), 0)),
    tell({ends, proplists:get_value(id, get(init)), Reason}).
