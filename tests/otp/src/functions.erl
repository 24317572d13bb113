%% Calls functions as the lines of its input say, and prints what they answer. A line is
%% `Module:Function(Arguments) | Value Value ...`, where `_` among the arguments stands for each of
%% the values in turn.
-module(functions).
-export([main/0, start_child/0, init/1, handle_call/3, handle_cast/2, handle_info/2]).

main() ->
    ok = start(),
    lists:foreach(fun answer/1, lines()),
    halt().

lines() ->
    case io:get_line('') of
        eof -> [];
        Line -> [string:trim(Line) | lines()]
    end.

start() ->
    {ok, _} = pg:start(pg),
    {ok, _} = gen_server:start({local, server}, ?MODULE, server, []),
    {ok, _} = supervisor:start_link({local, sup}, ?MODULE, sup),
    ok.

%% A server that replies its requests, and a supervisor of such a server.
init(server) -> {ok, state};
init(sup) ->
    Child = #{id => child, start => {?MODULE, start_child, []}, modules => [child]},
    {ok, {#{intensity => 1000}, [Child]}}.

start_child() -> gen_server:start_link(?MODULE, server, []).

handle_call(Request, _From, State) -> {reply, Request, State}.

handle_cast(_Request, State) -> {noreply, State}.

handle_info(_Message, State) -> {noreply, State}.

answer(Line) -> io:put_chars([Line, " => ", called(Line), "\n"]).

called(Line) ->
    Self = self(),
    {_, Monitor} = spawn_monitor(fun() -> Self ! {answer, run(Line)} end),
    receive
        {answer, Answer} -> demonitor(Monitor, [flush]), Answer;
        {'DOWN', Monitor, process, _, Reason} -> ["dies: ", shown(Reason)]
    after 3000 -> "waits"
    end.

run(Line) ->
    Other = spawn(fun() -> process_flag(trap_exit, true), timer:sleep(infinity) end),
    {Dead, Gone} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Gone, _, _, _} -> ok end,
    {M, F, A} = call(Line),
    Filled = fill(A, #{'$self' => self(), '$other' => Other, '$dead' => Dead, '$ref' => make_ref()}),
    try apply(M, F, Filled) of
        Answer -> shown(Answer)
    catch
        Class:Reason -> [atom_to_list(Class), ":", shown(Reason)]
    end.

call(Line) ->
    {ok, Tokens, _} = erl_scan:string(Line ++ "."),
    {ok, [{call, _, {remote, _, {atom, _, M}, {atom, _, F}}, Args}]} = erl_parse:parse_exprs(Tokens),
    {M, F, [erl_parse:normalise(Arg) || Arg <- Args]}.

fill(Term, Names) when is_map_key(Term, Names) -> map_get(Term, Names);
fill('$node', _) -> node();
fill(Term, Names) when is_tuple(Term) -> list_to_tuple(fill(tuple_to_list(Term), Names));
fill([Head | Tail], Names) -> [fill(Head, Names) | fill(Tail, Names)];
fill(Term, _) -> Term.

shown(Term) -> io_lib:format("~0tp", [plain(Term)]).

%% Without what differs from run to run.
plain(Pid) when is_pid(Pid) -> '$pid';
plain(Ref) when is_reference(Ref) -> '$ref';
plain(Node) when Node =:= node() -> '$node';
plain([{M, F, _, At} | _]) when is_atom(M), is_atom(F), is_list(At) -> '$stack';
plain(Tuple) when is_tuple(Tuple) -> list_to_tuple(plain(tuple_to_list(Tuple)));
plain(Map) when is_map(Map) -> maps:from_list(plain(maps:to_list(Map)));
plain([Head | Tail]) -> [plain(Head) | plain(Tail)];
plain(Term) -> Term.
