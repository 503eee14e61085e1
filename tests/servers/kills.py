#!/usr/bin/env python3
"""Kills fxpane 50 times (SIGKILL) while it copies 2,000 files from ProFTPD to Pure-FTPd with a
round trip of 40 ms, then compares the copies.

    tests/servers/servers.sh up DIR
    tests/servers/kills.py DIR/servers.json path/to/fxpane [SEED]

Run by hand. tests/all/killed.rs tests the same with embedded servers."""
import hashlib, json, os, pathlib, random, signal, socket, sqlite3, subprocess, sys, tempfile, time

FILES, KILLS, PORT = 2000, 50, 3131
HERE = pathlib.Path(__file__).parent


def wait_for(host):
    while True:
        try:
            socket.create_connection((host, PORT), timeout=5).close()
            return
        except ConnectionRefusedError:
            pass


def main():
    servers = {server["name"]: server for server in json.load(open(sys.argv[1]))}
    fxpane, seed = sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
    dice = random.Random(seed)
    source, target = servers["proftpd"], servers["pureftpd"]
    with tempfile.TemporaryDirectory(prefix="fxpane-kills-") as home, \
            tempfile.TemporaryDirectory(dir=f"{source['root']}/out", prefix="kills-") as from_dir, \
            tempfile.TemporaryDirectory(dir=f"{target['root']}/out", prefix="kills-") as to_dir:
        os.chmod(from_dir, 0o777)
        os.chmod(to_dir, 0o777)
        for number in range(FILES):
            folder = pathlib.Path(from_dir, "tree", f"dir-{number % 20:02}")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"file-{number:04}.bin").write_bytes(dice.randbytes(dice.randrange(3000)))
        proxy = [sys.executable, HERE / "latency_proxy.py", "20"]
        proxy += [f"{s['host']}:{PORT}={s['host']}:{s['port']}" for s in (source, target)]
        proxy = subprocess.Popen(proxy, stdin=subprocess.DEVNULL)
        try:
            for server in (source, target):
                wait_for(server["host"])
            reported, kills, runs = run(fxpane, home, source, target, from_dir, to_dir, dice)
        finally:
            proxy.kill()
            proxy.wait()
        print(f"seed {seed}: {kills} kills in {runs} runs")
        check(home, from_dir, to_dir, reported)


def run(fxpane, home, source, target, from_dir, to_dir, dice):
    config = pathlib.Path(home, "config")
    config.mkdir(mode=0o700)
    sites = "".join(
        f'[[site]]\nname = "{name}"\nhost = "{s["host"]}"\nport = {PORT}\nuser = "{s["user"]}"\n'
        f'password = {{ plain = "{s["pass"]}" }}\nsecurity = "none"\n\n'
        for name, s in (("from", source), ("to", target)))
    (config / "sites.toml").write_text(sites)
    (config / "sites.toml").chmod(0o600)
    env = {"PATH": os.environ["PATH"], "HOME": home, "FXPANE_CONFIG_DIR": str(config),
           "FXPANE_DATA_DIR": f"{home}/data"}
    remote = [f"/out/{os.path.basename(path)}" for path in (from_dir, to_dir)]
    words = ["cp", "-r", f"from:{remote[0]}/tree", f"to:{remote[1]}/"]
    reported, kills, runs = {}, 0, 0
    while True:
        child = subprocess.Popen([fxpane, "--json", *words], env=env, cwd=home,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        runs += 1
        words = ["queue", "run"]
        if kills < KILLS:
            time.sleep(dice.uniform(0.3, 1.6))
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                kills += 1
        out, err = child.communicate()
        for line in out.splitlines():
            try:
                item = json.loads(line)
            except ValueError:  # truncated by the kill
                continue
            if item.get("event") == "item" and item["state"] == "done":
                reported[item["src"]] = reported.get(item["src"], 0) + 1
        if child.returncode == 0:
            return reported, kills, runs
        if child.returncode != -signal.SIGKILL:
            sys.exit(f"run {runs} ended with {child.returncode}: {err.decode()}")


def check(home, from_dir, to_dir, reported):
    checksum = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
    tree = lambda top: {str(path.relative_to(top)): checksum(path)
                        for path in pathlib.Path(top).rglob("*") if path.is_file()}
    sent, arrived = tree(f"{from_dir}/tree"), tree(f"{to_dir}/tree")
    twice = [name for name, times in reported.items() if times > 1]
    store = sqlite3.connect(f"{home}/data/queue.db")
    [(integrity,)] = store.execute("PRAGMA integrity_check")
    [(intents,)] = store.execute("SELECT count(*) FROM intents")
    print(f"files that differ: {sum(arrived.get(name) != is_ for name, is_ in sent.items())}; "
          f"strays: {len(arrived.keys() - sent.keys())}; reported as done twice: {len(twice)}; "
          f"store: {integrity}; intents left: {intents}")
    if sent != arrived or twice or integrity != "ok" or intents:
        sys.exit("FAILED")
    print("passed")


main()
