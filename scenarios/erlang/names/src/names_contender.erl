%% A process that wants a name in the cluster: it holds it, or waits for the one that does.
-module(names_contender).

-export([start_link/1]).
-export([contend/1]).

-define(PAUSE, 200).

start_link(Name) ->
    {ok, proc_lib:spawn_link(?MODULE, contend, [Name])}.

contend(Name) ->
    catch register(names:contender(Name), self()),
    put(name, wanted),
    case global:register_name(Name, self()) of
        yes ->
            put(name, held),
            receive stop -> ok end;
        no ->
            wait(global:whereis_name(Name)),
            contend(Name)
    end.

wait(undefined) ->
    timer:sleep(?PAUSE);
wait(Holder) ->
    Monitor = monitor(process, Holder),
    receive {'DOWN', Monitor, process, Holder, _} -> ok end.
