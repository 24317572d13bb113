%% The group leader of a case: what the case prints is kept or dropped, and its time trap is set.
-module(suite_io).
-export([start/1, stop/1, capture/1, captured/0, timetrap/1, timetrap_info/0, milliseconds/1]).

-record(state, {runner, captures = false, texts = [], trap = {30 * 60 * 1000, {false, 1}}}).

start(Runner) -> spawn(fun() -> loop(#state{runner = Runner}) end).

stop(Leader) -> exit(Leader, kill).

%% Begins or ends the keeping of what is printed.
capture(Captures) -> ask({capture, Captures}).

%% What was printed since it was asked for last.
captured() -> ask(captured).

timetrap(Time) -> ask({timetrap, milliseconds(Time)}).

timetrap_info() -> ask(timetrap_info).

milliseconds({hours, Hours}) -> round(Hours * 3600000);
milliseconds({minutes, Minutes}) -> round(Minutes * 60000);
milliseconds({seconds, Seconds}) -> round(Seconds * 1000);
milliseconds(Time) when is_integer(Time) -> Time;
milliseconds(_) -> infinity.

ask(Request) ->
    Leader = group_leader(),
    Monitor = monitor(process, Leader),
    Leader ! {?MODULE, self(), Monitor, Request},
    receive
        {Monitor, Answer} ->
            demonitor(Monitor, [flush]),
            Answer;
        {'DOWN', Monitor, _, _, Reason} -> exit(Reason)
    end.

loop(State) ->
    receive
        {io_request, From, ReplyAs, Request} ->
            {Reply, Next} = request(Request, State),
            From ! {io_reply, ReplyAs, Reply},
            loop(Next);
        {?MODULE, From, Tag, Request} ->
            {Reply, Next} = answer(Request, State),
            From ! {Tag, Reply},
            loop(Next);
        _ -> loop(State)
    end.

answer({capture, Captures}, State) -> {ok, State#state{captures = Captures}};
answer(captured, State) -> {lists:reverse(State#state.texts), State#state{texts = []}};
answer({timetrap, Time}, State) ->
    State#state.runner ! {timetrap, self(), Time},
    {ok, State#state{trap = {Time, {false, 1}}}};
answer(timetrap_info, State) -> {State#state.trap, State}.

request({put_chars, Encoding, Chars}, State) -> put_chars(Encoding, Chars, State);
request({put_chars, Encoding, Module, Function, Args}, State) ->
    case catch apply(Module, Function, Args) of
        {'EXIT', _} -> {{error, put_chars}, State};
        Chars -> put_chars(Encoding, Chars, State)
    end;
request({put_chars, Chars}, State) -> put_chars(latin1, Chars, State);
request({put_chars, Module, Function, Args}, State) ->
    request({put_chars, latin1, Module, Function, Args}, State);
request({requests, Requests}, State) ->
    lists:foldl(fun(Request, {_, Before}) -> request(Request, Before) end, {ok, State}, Requests);
request({setopts, _}, State) -> {ok, State};
request(getopts, State) -> {[{binary, false}, {encoding, unicode}], State};
request({get_geometry, _}, State) -> {{error, enotsup}, State};
request({get_until, _, _, _, _, _}, State) -> {eof, State};
request({get_line, _, _}, State) -> {eof, State};
request({get_chars, _, _, _}, State) -> {eof, State};
request({get_until, _, _, _, _}, State) -> {eof, State};
request({get_line, _}, State) -> {eof, State};
request({get_chars, _, _}, State) -> {eof, State};
request(_, State) -> {{error, request}, State}.

put_chars(Encoding, Chars, State) ->
    case catch unicode:characters_to_list(Chars, Encoding) of
        Text when is_list(Text), State#state.captures ->
            {ok, State#state{texts = [Text | State#state.texts]}};
        Text when is_list(Text) -> {ok, State};
        _ -> {{error, put_chars}, State}
    end.
