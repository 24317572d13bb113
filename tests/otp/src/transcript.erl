%% The text of a transcript: comments, commands, and the answers that follow them.
-module(transcript).
-export([read/1, commands/1, text/2]).

%% The old answers are left out: a recording writes new ones.
read(File) ->
    {ok, Text} = file:read_file(File),
    Lines = string:split(string:trim(unicode:characters_to_list(Text), trailing), "\n", all),
    lists:append([item(string:trim(Line, trailing)) || Line <- Lines]).

item("> " ++ Command) -> [{command, Command}];
item("#{" ++ _) -> []; % the answer of a command, a map
item("#" ++ _ = Comment) -> [{comment, Comment}];
item("") -> [{comment, ""}];
item(_Answer) -> [].

commands(Items) -> [Command || {command, Command} <- Items].

%% The items with the answers of their commands, as the text of a file that says which release
%% gave them.
text(Items, Answers) ->
    Body = lines(Items, Answers),
    Header = "# otp: " ++ erlang:system_info(otp_release),
    Old = [Line || Line <- Body, lists:prefix("# otp:", Line)],
    unicode:characters_to_binary(lists:join("\n", [Header | Body -- Old]) ++ "\n").

lines([{command, Command} | Items], [Answer | Answers]) ->
    ["> " ++ Command | Answer] ++ lines(Items, Answers);
lines([{comment, Comment} | Items], Answers) ->
    [Comment | lines(Items, Answers)];
lines([], []) ->
    [].
