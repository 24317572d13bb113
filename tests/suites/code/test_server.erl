%% The functions of Common Test's server that OTP's suites call.
-module(test_server).
-export([timetrap/1, timetrap_cancel/1, timetrap_cancel/0, timetrap_scale_factor/0,
         seconds/1, minutes/1, hours/1, sleep/1, adjusted_sleep/1, timecall/3,
         do_times/2, do_times/4, m_out_of_n/3, call_crash/3, call_crash/4, call_crash/5,
         fail/0, fail/1, fault/1, format/1, format/2, format/3, comment/1, break/1,
         messages_get/0, temp_name/1, lookup_config/2, capture_start/0, capture_stop/0, capture_get/0,
         is_debug/0, is_cover/0, is_valgrind/0, is_asan/0, is_native/1, is_commercial/0, memory_checker/0,
         is_release_available/1, os_type/0, app_test/1, app_test/2, appup_test/1,
         start_node/3, stop_node/1, wait_for_node/1, peer_name/2, start_peer/3, start_peer/5]).

timetrap(Time) ->
    _ = suite_io:timetrap(Time),
    timetrap.

timetrap_cancel(_) -> timetrap_cancel().
timetrap_cancel() ->
    _ = suite_io:timetrap(infinity),
    ok.

timetrap_scale_factor() -> 1.

seconds(N) -> trunc(N * 1000).
minutes(N) -> trunc(N * 1000 * 60).
hours(N) -> trunc(N * 1000 * 60 * 60).

sleep(Time) -> ct:sleep(Time).
adjusted_sleep(Time) -> ct:sleep(Time).

timecall(M, F, A) ->
    {Elapsed, Value} = timer:tc(M, F, A),
    {Elapsed / 1000000, Value}.

do_times(N, M, F, A) when N > 0 ->
    apply(M, F, A),
    do_times(N - 1, M, F, A);
do_times(0, _, _, _) -> ok.

do_times(N, Fun) when N > 0 ->
    Fun(),
    do_times(N - 1, Fun);
do_times(0, _) -> ok.

m_out_of_n(0, _, _) -> ok;
m_out_of_n(M, 0, _) -> exit({m_out_of_n_failed, {M, left_to_do}});
m_out_of_n(M, N, Fun) ->
    case catch Fun() of
        {'EXIT', _} -> m_out_of_n(M, N - 1, Fun);
        _ -> m_out_of_n(M - 1, N - 1, Fun)
    end.

call_crash(M, F, A) -> call_crash(infinity, M, F, A).
call_crash(Time, M, F, A) -> call_crash(Time, any, M, F, A).
call_crash(Time, Crash, M, F, A) ->
    {Pid, Monitor} = spawn_monitor(M, F, A),
    receive
        {'DOWN', Monitor, process, Pid, Crash} -> ok;
        {'DOWN', Monitor, process, Pid, Reason} when Crash =:= any, Reason =/= normal -> ok;
        {'DOWN', Monitor, process, Pid, Reason} -> exit({wrong_crash_reason, Reason})
    after Time -> exit(call_crash_timeout)
    end.

fail() -> exit(suite_failed).
fail(Reason) -> ct:fail(Reason).
fault(Reason) -> exit(Reason).

format(Format) -> format(minor, Format, []).
format(minor, Format) -> format(minor, Format, []);
format(major, Format) -> format(major, Format, []);
format(Format, Args) -> format(minor, Format, Args).
format(_, Format, Args) -> io:format(Format, Args).

comment(_) -> ok.
break(_) -> ok.

messages_get() -> messages_get([]).
messages_get(Messages) ->
    receive Message -> messages_get([Message | Messages])
    after 0 -> lists:reverse(Messages)
    end.

temp_name(Stem) -> Stem ++ erlang:integer_to_list(erlang:unique_integer([positive])).

lookup_config(Key, Config) -> proplists:get_value(Key, Config).

capture_start() -> ct:capture_start().
capture_stop() -> ct:capture_stop().
capture_get() -> ct:capture_get().

is_debug() -> false.
is_cover() -> false.
is_valgrind() -> false.
is_asan() -> false.
is_native(_) -> false.
is_commercial() -> false.
memory_checker() -> none.
is_release_available(_) -> false.
os_type() -> os:type().

app_test(Application) -> app_test(Application, pedantic).
app_test(_, _) -> throw({skip, "the installation's own files are not under test"}).
appup_test(_) -> throw({skip, "the installation's own files are not under test"}).

%% Another node, with a name of its own on the host of this one.
start_node(Name, Type, Options) when Type =:= slave; Type =:= peer ->
    case catch words(proplists:get_value(args, Options, ""), none, []) of
        %% The shell waits for the end of the quotation.
        open_quote -> {error, timeout};
        Args -> start_node_with(Name, Args, Options)
    end.

start_node_with(Name, Args, Options) ->
    %% It does not end when the two nodes are disconnected.
    Peer = #{name => Name, args => Args, connection => standard_io, shutdown => close},
    Started = case proplists:get_value(linked, Options, true) of
                  true -> peer:start_link(Peer);
                  false -> peer:start(Peer)
              end,
    case Started of
        {ok, Pid, Node} ->
            persistent_term:put({?MODULE, Node}, Pid),
            _ = net_kernel:connect_node(Node),
            %% It takes its time on a real machine, in which `global` meets that of the node.
            timer:sleep(200),
            {ok, Node};
        Error -> Error
    end.

%% The words of a command line, as a shell sees them. The second argument is the quote that is open, the
%% third the word so far, in reverse. Throws `open_quote` when a quotation does not end.
words([], none, []) -> [];
words([], none, Word) -> [finished(Word)];
words([], _, _) -> throw(open_quote);
words([$\\, Char | Chars], Quote, Word) when Quote =/= $' -> words(Chars, Quote, [Char | Word]);
words([Quote | Chars], Quote, Word) -> words(Chars, none, [empty | Word]);
words([Quote | Chars], none, Word) when Quote =:= $"; Quote =:= $' -> words(Chars, Quote, [empty | Word]);
words([Space | Chars], none, []) when Space =:= $\s; Space =:= $\n -> words(Chars, none, []);
words([Space | Chars], none, Word) when Space =:= $\s; Space =:= $\n ->
    [finished(Word) | words(Chars, none, [])];
words([Char | Chars], Quote, Word) -> words(Chars, Quote, [Char | Word]).

finished(Word) -> [Char || Char <- lists:reverse(Word), Char =/= empty].

%% A connection to the node is gone when it returns.
stop_node(Node) ->
    Waiting = wait_for_end(Node, lists:member(Node, nodes(connected))),
    case persistent_term:get({?MODULE, Node}, undefined) of
        undefined -> catch rpc:call(Node, erlang, halt, []);
        Peer -> catch peer:stop(Peer)
    end,
    receive {'DOWN', Waiting, process, _, _} -> true end.

wait_for_end(_, false) -> monitor(process, spawn(fun() -> ok end));
wait_for_end(Node, true) ->
    Parent = self(),
    {Pid, Monitor} = spawn_monitor(fun() ->
                                           monitor_node(Node, true),
                                           Parent ! {self(), waits},
                                           receive {nodedown, Node} -> ok after 30000 -> ok end
                                   end),
    receive {Pid, waits} -> Monitor end.

wait_for_node(_) -> ok.

%% The name is unique; the node has the code of the module.
peer_name(Module, Case) -> peer:random_name(lists:concat([Module, "-", Case])).

start_peer(Args, Module, Case) when is_list(Args) -> start_peer(#{args => Args}, Module, Case);
start_peer(#{name := _} = Options, Module, _) ->
    Args = maps:get(args, Options, []),
    Cookie = case lists:member("-setcookie", Args) of
                 true -> [];
                 false -> ["-setcookie", atom_to_list(erlang:get_cookie())]
             end,
    Path = filename:dirname(code:which(Module)),
    peer:start_link((without_socket(Options))#{args => Cookie ++ ["-pa", Path] ++ Args});
start_peer(Options, Module, Case) ->
    start_peer(Options#{name => peer_name(Module, Case)}, Module, Case).

%% What goes over a socket beside the distribution goes over standard input and output instead.
without_socket(#{connection := Connection} = Options) when is_integer(Connection); is_tuple(Connection) ->
    Options#{connection := standard_io};
without_socket(Options) -> Options.

%% There is no other release.
start_peer(_, _, _, _, _) -> not_available.
