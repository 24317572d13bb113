%% Transcripts in the simulation: what is compiled before, and the answers of simulated nodes.
-module(simulated).
-export([prepare/0, answers/2]).

%% Compiles the applications of transcripts, each into a folder of its own, in which the file
%% `commands` has their commands.
prepare() ->
    lists:foreach(fun prepare/1, init:get_plain_arguments()),
    halt().

prepare(Folder) ->
    {ok, Text} = file:read_file(filename:join(Folder, "commands")),
    Commands = string:lexemes(unicode:characters_to_list(Text), "\n"),
    lists:foldl(fun declare/2, session:new(Commands, Folder), Commands).

declare(Command, Session) ->
    case words:split(Command) of
        ["application", Name, "on" | Words] -> applications:declare(Name, Words, Session);
        _ -> Session
    end.

%% Ends with the lines that are answered to each command.
answers(Commands, Folder) ->
    group_leader(whereis(user), self()),
    Texts = [unicode:characters_to_list(Command) || Command <- Commands],
    Answers = recorder:answers(Texts, unicode:characters_to_list(Folder)),
    exit({answers, [[unicode:characters_to_binary(Line) || Line <- Lines] || Lines <- Answers]}).
