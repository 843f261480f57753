"""Time from the start of a program to the first byte of its first request."""
import os
import socket
import statistics
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
BODY = b'{"environments": []}'


def first_byte(program, variables, rounds):
    """The median in seconds. `program` makes the words of the command from the port of a listening server; what the
    program makes of the answer does not matter."""
    times = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(30)
        words = program(port)
        environment = {name: value.replace("{port}", str(port)) for name, value in variables.items()}
        silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
        for _ in range(rounds):
            began = time.perf_counter()
            pid = os.posix_spawnp(words[0], words, environment, file_actions=silent)
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                times.append(time.perf_counter() - began)
                connection.recv(1 << 16)
                connection.sendall(ANSWER + BODY)
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    return statistics.median(times)
