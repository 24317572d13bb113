%% What a node runs for a process of another one.
-module(remote).
-export([run/1]).

run({echo, Term}) -> Term;
run(node) -> node();
run({sleep, Milliseconds, Term}) -> timer:sleep(Milliseconds), Term;
run({send, Process, Term}) -> Process ! Term;
run({exit, Reason}) -> exit(Reason);
run({error, Reason}) -> error(Reason);
run({throw, Term}) -> throw(Term);
run(kill) ->
    exit(self(), kill),
    receive after infinity -> never end.
