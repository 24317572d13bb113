%% Carries out transcripts on real nodes and writes down what they answered.
-module(recorder).
-export([main/0, answers/2]).

%% No transcript takes longer than this: one that hangs must not hold up those behind it.
-define(TRANSCRIPT_MS, 300000).

main() ->
    ok = io:setopts(standard_io, [{encoding, unicode}]),
    Recorded = case init:get_plain_arguments() of
                   ["-o", "-" | Files] -> [record(File, fun to_output/2) || File <- Files];
                   Files -> [record(File, fun to_file/2) || File <- Files]
               end,
    halt(case lists:all(fun(Done) -> Done end, Recorded) of true -> 0; false -> 1 end).

%% A transcript that cannot be carried out must not stop the others, nor leave nodes behind.
record(File, Write) ->
    Items = transcript:read(File),
    {Worker, Monitor} = spawn_monitor(fun() ->
        Commands = transcript:commands(Items),
        exit({answers, answers(Commands, os:getenv("RECORDER_BUILD"))})
    end),
    receive
        {'DOWN', Monitor, process, Worker, {answers, Answers}} ->
            Write(File, transcript:text(Items, Answers)),
            true;
        {'DOWN', Monitor, process, Worker, Reason} ->
            failed(File, Reason)
    after ?TRANSCRIPT_MS ->
        exit(Worker, kill),
        failed(File, timeout)
    end.

failed(File, Reason) ->
    io:format(standard_error, "~ts: ~0tp~n", [File, Reason]),
    false.

to_output(_File, Text) -> io:put_chars(Text).

to_file(File, Text) ->
    ok = file:write_file(File, Text),
    io:format("~ts~n", [File]).

%% The lines that are answered to each command.
answers(Commands, Build) ->
    Session = session:new(Commands, Build),
    try
        {Answers, _} = lists:mapfoldl(fun answer/2, Session, Commands),
        Answers
    after
        session:remove(Session)
    end.

answer(Command, Session) ->
    try session:carry_out(Command, Session)
    catch error:Reason:Stack -> exit({Command, Reason, Stack})
    end.
