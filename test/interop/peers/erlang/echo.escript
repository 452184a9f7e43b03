#!/usr/bin/env escript
%% An Erlang ssh client or server that sends back what it gets.
%%
%% usage: echo.escript client|server KEY=VALUE...    (lists with commas)
%%
%% "folder" holds the keys under the names that Erlang looks for. The server listens on a port of 127.0.0.1 that it tells:
%% {event: "listening", port}. The client reads a line "PORT TYPE BASE64" for each call, where the last two are the only
%% host key it accepts, and tells {event: "ended", error} afterwards.
-module(echo).
-mode(compile).
-behaviour(ssh_server_channel).
-export([main/1, init/1, handle_msg/2, handle_ssh_msg/2, terminate/2]).

main([Role | Pairs]) ->
    {ok, _} = application:ensure_all_started(ssh),
    Settings = maps:from_list([list_to_tuple(string:split(Pair, "=")) || Pair <- Pairs]),
    case Role of
        "client" -> client(Settings);
        "server" -> server(Settings)
    end.

algorithms(Settings) ->
    Lists = [{Name, [list_to_atom(Each) || Each <- string:tokens(maps:get(Key, Settings), ",")]}
             || {Key, Name} <- [{"kex", kex}, {"cipher", cipher}, {"mac", mac}, {"hostKey", public_key}]],
    {preferred_algorithms, Lists}.

client(Settings) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            Error = try call(string:lexemes(Line, " \n"), Settings), "null"
                    catch _:Why -> io_lib:format("~p", [lists:flatten(io_lib:format("~0p", [Why]))])
                    end,
            io:format("{\"event\":\"ended\",\"error\":~s}~n", [Error]),
            client(Settings)
    end.

call([Port, _Type, Blob], Settings) ->
    Expected = "SHA256:" ++ string:trim(base64:encode_to_string(crypto:hash(sha256, base64:decode(Blob))), trailing, "="),
    Accepts = fun(_Peer, Fingerprint) -> Fingerprint =:= Expected end,
    {ok, Connection} = ssh:connect({127, 0, 0, 1}, list_to_integer(Port), [
        {user, maps:get("user", Settings)}, {user_dir, maps:get("folder", Settings)}, {user_interaction, false},
        {silently_accept_hosts, {sha256, Accepts}}, {save_accepted_host, false}, algorithms(Settings)], 15000),
    {ok, Channel} = ssh_connection:session_channel(Connection, 65536, 16384, 5000),
    success = ssh_connection:subsystem(Connection, Channel, "echo", 5000),
    echo(Connection, Channel),
    ssh:close(Connection).

echo(Connection, Channel) ->
    receive
        {ssh_cm, Connection, {data, Channel, 0, Data}} ->
            ssh_connection:adjust_window(Connection, Channel, byte_size(Data)),
            ok = ssh_connection:send(Connection, Channel, Data, 20000),
            echo(Connection, Channel);
        {ssh_cm, Connection, {eof, Channel}} ->
            ok = ssh_connection:send_eof(Connection, Channel),
            echo(Connection, Channel);
        {ssh_cm, Connection, {closed, Channel}} -> ok
    after 30000 -> throw(timeout)
    end.

server(Settings) ->
    Folder = maps:get("folder", Settings),
    {ok, Daemon} = ssh:daemon({127, 0, 0, 1}, 0, [
        {system_dir, Folder}, {user_dir, Folder}, {shell, disabled}, {exec, disabled},
        {subsystems, [{"echo", {?MODULE, []}}]}, algorithms(Settings)]),
    {ok, Info} = ssh:daemon_info(Daemon),
    io:format("{\"event\":\"listening\",\"port\":~b}~n", [proplists:get_value(port, Info)]),
    receive stop -> ok end.

%%% Server: one process of this behaviour for each channel

init([]) -> {ok, none}.

handle_msg(_, State) -> {ok, State}.

handle_ssh_msg({ssh_cm, Connection, {data, Channel, 0, Data}}, State) ->
    ok = ssh_connection:send(Connection, Channel, Data, 20000),
    {ok, State};
handle_ssh_msg({ssh_cm, Connection, {eof, Channel}}, State) ->
    ssh_connection:exit_status(Connection, Channel, 0),
    ssh_connection:send_eof(Connection, Channel),
    {stop, Channel, State};
handle_ssh_msg(_, State) -> {ok, State}.

terminate(_, _) -> ok.
