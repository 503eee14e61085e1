#!/usr/bin/env bash
# Real FTP servers on loopback addresses, one address per server, for the tests.
#
#   servers.sh installed        succeed if every server is installed
#   servers.sh install          download the servers: Debian packages unpacked into a private
#                               directory, pyftpdlib in its own virtual environment
#   servers.sh hold             `up` in a new directory, print the path of its servers.json, run
#                               the servers until standard input ends, stop them, remove the
#                               directory; one holder at a time per machine
#   servers.sh up   DIR [NAME..]  make configuration, certificates, users and files under DIR,
#                               start the servers, write and print DIR/servers.json
#   servers.sh down DIR [NAME..]  stop the servers started by `up` (only those)
#   servers.sh status DIR       one line per server
#   servers.sh list             names of the servers that can be started here
#   servers.sh data DIR         restore the files (deletes every server's root first)
#
# Needs root (mount namespaces, chroot in the servers). Never touches /etc, real users or
# real services: vsftpd and inetutils-ftpd get a private mount namespace in which
# /etc/passwd, /etc/shadow, /etc/group and /etc/pam.d are bind-mounted from DIR.
set -euo pipefail

PREFIX=${FXPANE_SERVERS_PREFIX:-/var/cache/fxpane-servers}
PFX=$PREFIX/root                    # unpacked .debs
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LUSER=fxp LPASS=fxp-secret
UID_=65534 GID_=65534               # files in every server root belong to nobody:nogroup
BIG_MIB=${FXPANE_SERVERS_BIG_MIB:-32}
LOCK=${TMPDIR:-/tmp}/fxpane-servers.lock

# name              kind      host        port  pasv-lo pasv-hi tls      notes
SERVERS='
vsftpd              vsftpd    127.0.0.2   2121  42000   42399   optional fxp
vsftpd-reuse        vsftpd    127.0.0.3   2121  42400   42799   required fxp,session-reuse-required
vsftpd-nofxp        vsftpd    127.0.0.4   2121  42800   42999   none     no-fxp
proftpd             proftpd   127.0.0.5   2121  43000   43399   optional fxp,sscn
proftpd-reuse       proftpd   127.0.0.6   2121  43400   43799   required fxp,sscn,session-reuse-required
proftpd-nofxp       proftpd   127.0.0.7   2121  43800   43999   none     no-fxp
pureftpd            pureftpd  127.0.0.8   2121  44000   44399   optional fxp
pureftpd-nofxp      pureftpd  127.0.0.9   2121  44400   44599   none     no-fxp
pyftpdlib           pyftpdlib 127.0.0.10  2121  45000   45399   optional fxp
pyftpdlib-nofxp     pyftpdlib 127.0.0.11  2121  45400   45599   none     no-fxp
inetutils           inetutils 127.0.0.12  2121  0       0       none     fxp
proftpd-b           proftpd   127.0.0.14  2121  46400   46799   optional fxp,sscn
vsftpd-b            vsftpd    127.0.0.15  2121  46800   47199   optional fxp
'

die() { echo "servers.sh: $*" >&2; exit 1; }
rows() { grep -v '^ *$' <<<"$SERVERS"; }
have() { # kind -> is it installed?
  case $1 in
    vsftpd)    [ -x "$PFX/usr/sbin/vsftpd" ] ;;
    proftpd)   [ -x "$PFX/usr/sbin/proftpd" ] ;;
    pureftpd)  [ -x "$PFX/usr/sbin/pure-ftpd" ] ;;
    inetutils) [ -x "$PFX/usr/sbin/ftpd" ] ;;
    pyftpdlib) [ -x "$PREFIX/venv/bin/python" ] ;;
  esac
}

# ---------------------------------------------------------------- install
cmd_install() {
  [ "$(id -u)" = 0 ] || die "install needs root"
  export DEBIAN_FRONTEND=noninteractive
  mkdir -p "$PREFIX/debs" "$PFX"; rm -f "$PREFIX/installed"
  local apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o APT::Sandbox::User=root)
  "${apt[@]}" update
  # The five server packages conflict with one another (virtual package ftp-server),
  # so only their libraries are installed, and the packages are unpacked into a shared directory.
  "${apt[@]}" install -y --no-install-recommends openssl python3 python3-venv util-linux procps lftp \
    libwrap0 libpam0g libpam-modules libcap2 libcrypt1 libacl1 libidn2-0 libncursesw6 \
    libhiredis0.14 libmemcached11 libmemcachedutil2 libpcre2-8-0 libpcre2-posix3 libsodium23 libssl3
  (cd "$PREFIX/debs" && rm -f ./*.deb && for p in vsftpd proftpd-core proftpd-mod-crypto \
      pure-ftpd pure-ftpd-common inetutils-ftpd; do "${apt[@]}" download "$p"; done)
  local d; for d in "$PREFIX"/debs/*.deb; do dpkg-deb -x "$d" "$PFX"; done
  [ -x "$PREFIX/venv/bin/python" ] || python3 -m venv "$PREFIX/venv"
  "$PREFIX/venv/bin/pip" -q install 'pyftpdlib==2.2.0' 'pyopenssl==26.4.0'
  touch "$PREFIX/installed"
  cmd_list
}
cmd_installed() { { [ -e "$PREFIX/installed" ] && command -v lftp >/dev/null; } || die "the servers are not installed here: servers.sh install"; }
cmd_list() { rows | while read -r n k _; do if have "$k"; then echo "$n"; fi; done; }

# ---------------------------------------------------------------- files
make_data() { # root
  local r=$1
  rm -rf "${r:?}"; mkdir -p "$r"
  cp -a "$DIR/master/." "$r/"
  mkdir -p "$r/out"
  chown -R $UID_:$GID_ "$r"
}
make_master() {
  local m=$DIR/master
  [ -d "$m" ] && return
  mkdir -p "$m.tmp/src/small" "$m.tmp/src/tree/sub dir/deep" "$m.tmp/odd"
  python3 - "$m.tmp" "$BIG_MIB" <<'PY'
import os,sys,random
m,big=sys.argv[1],int(sys.argv[2]); r=random.Random(42)
for i in range(200): open(f"{m}/src/small/f{i:03}.bin","wb").write(r.randbytes(1024))
open(f"{m}/src/big.bin","wb").write(r.randbytes(big<<20))
open(f"{m}/src/zero.bin","wb").close()
for p in ("a.txt","sub dir/b b.txt","sub dir/deep/ünï-日本.txt"):
    open(f"{m}/src/tree/{p}","wb").write(r.randbytes(5000))
o=f"{m}/odd"
os.mkdir(f"{o}/dir"); os.mkdir(f"{o}/dir with space")
open(f"{o}/plain.txt","w").write("hello\n"*20)
open(f"{o}/file with  two spaces.txt","w").write("x"); open(f"{o}/ünïcödé-日本語.txt","w").write("u")
open(f"{o}/ leading","w").write("l"); open(f"{o}/.hidden","w").write("h")
open(f"{o}/-dash","w").write("d"); open(f"{o}/quote\"s.txt","w").write("q"); open(f"{o}/[br]*.txt","w").write("b")
os.symlink("plain.txt",f"{o}/link"); os.symlink("dir",f"{o}/linkdir"); os.symlink("nowhere",f"{o}/broken")
os.utime(f"{o}/plain.txt",(1e9,1e9)); os.chmod(f"{o}/plain.txt",0o640)
PY
  mv "$m.tmp" "$m"
}
make_ca() {
  local c=$DIR/certs/ca
  [ -s "$c.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -keyout "$c.key" -out "$c.crt" \
    -subj "/CN=fxpane tests CA" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
}
make_cert() { # name host: one certificate per server, signed by one CA
  local c=$DIR/certs/$1
  [ -s "$c.all.pem" ] && return
  openssl req -newkey rsa:2048 -nodes -keyout "$c.key" -out "$c.csr" -subj "/CN=$1.fxpane.test" 2>/dev/null
  openssl x509 -req -in "$c.csr" -CA "$DIR/certs/ca.crt" -CAkey "$DIR/certs/ca.key" -days 3650 -sha256 -out "$c.crt" \
    -set_serial "0x$(openssl rand -hex 8)" -extfile <(printf 'subjectAltName=IP:%s,DNS:%s.fxpane.test\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n' "$2" "$1") 2>/dev/null
  rm -f "$c.csr"
  cat "$c.key" "$c.crt" >"$c.all.pem"; chmod 600 "$c.key" "$c.all.pem"
}
make_etc() { # private /etc files, bind-mounted for vsftpd and inetutils-ftpd
  local e=$DIR/etc
  mkdir -p "$e/pam.d" "$DIR/home"
  { grep -v "^$LUSER:" /etc/passwd; echo "$LUSER:x:$UID_:$GID_:fxp:$DIR/home:/bin/sh"; } >"$e/passwd"
  { grep -v "^$LUSER:" /etc/shadow; echo "$LUSER:$(openssl passwd -6 "$LPASS"):19000:0:99999:7:::"; } >"$e/shadow"
  cp "$e/passwd" "$e/passwd.inetutils"
  cp /etc/group "$e/group"; chmod 600 "$e/shadow"
  # pam_unix reads the private shadow file. (pam_exec hangs under vsftpd: do not use it.)
  for s in vsftpd ftp other; do cat >"$e/pam.d/$s" <<E
auth    required pam_unix.so
account required pam_permit.so
session required pam_permit.so
E
  done
}
conf_vsftpd() {
  local fxp=YES tls=YES force=NO reuse=NO
  [[ $NOTES == *no-fxp* ]] && fxp=NO; [ "$TLS" = none ] && tls=NO
  [ "$TLS" = required ] && force=YES; [[ $NOTES == *session-reuse* ]] && reuse=YES
  mkdir -p "$DIR/empty"
  cat >"$DIR/conf/$NAME.conf" <<E
listen=YES
listen_address=$HOST
listen_port=$PORT
background=NO
anonymous_enable=NO
local_enable=YES
local_root=$ROOT
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=$DIR/empty
pam_service_name=vsftpd
session_support=NO
write_enable=YES
local_umask=022
file_open_mode=0666
pasv_min_port=$LO
pasv_max_port=$HI
pasv_promiscuous=$fxp
port_promiscuous=$fxp
connect_from_port_20=NO
ls_recurse_enable=YES
mdtm_write=YES
use_localtime=NO
utf8_filesystem=YES
xferlog_enable=NO
seccomp_sandbox=NO
isolate_network=NO
max_per_ip=0
max_clients=0
ssl_enable=$tls
rsa_cert_file=$DIR/certs/$NAME.crt
rsa_private_key_file=$DIR/certs/$NAME.key
ssl_ciphers=HIGH
ssl_tlsv1=YES
force_local_logins_ssl=$force
force_local_data_ssl=NO
require_ssl_reuse=$reuse
strict_ssl_read_eof=NO
E
}
run_vsftpd() { ns_exec "$PFX/usr/sbin/vsftpd" "$DIR/conf/$NAME.conf"; }

conf_proftpd() {
  local fxp=on eng=on req=off opt=NoSessionReuseRequired vs=off
  [[ $NOTES == *no-fxp* ]] && fxp=off; [ "$TLS" = none ] && eng=off
  [ "$TLS" = required ] && req=ctrl; [[ $NOTES == *session-reuse* ]] && opt= vs=on
  echo "$LUSER:$(openssl passwd -6 "$LPASS"):$UID_:$GID_:fxp:$ROOT:/bin/false" >"$DIR/conf/$NAME.passwd"
  echo "fxp:x:$GID_:" >"$DIR/conf/$NAME.group"; chmod 600 "$DIR/conf/$NAME.passwd" "$DIR/conf/$NAME.group"
  cat >"$DIR/conf/$NAME.conf" <<E
ModulePath $PFX/usr/lib/proftpd
LoadModule mod_tls.c
LoadModule mod_digest.c
LoadModule mod_deflate.c
LoadModule mod_site_misc.c
LoadModule mod_copy.c
ServerName "fxpane tests"
ServerType standalone
DefaultAddress $HOST
SocketBindTight on
Port $PORT
UseIPv6 off
UseReverseDNS off
User nobody
Group nogroup
AuthOrder mod_auth_file.c
AuthUserFile $DIR/conf/$NAME.passwd
AuthGroupFile $DIR/conf/$NAME.group
RequireValidShell off
DefaultRoot ~
Umask 022
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
AllowForeignAddress $fxp
PassivePorts $LO $HI
MaxInstances 200
TimesGMT on
DelayEngine off
WtmpLog off
TransferLog none
SystemLog $DIR/log/$NAME.system.log
PidFile $DIR/run/$NAME.proftpd.pid
ScoreboardFile $DIR/run/$NAME.scoreboard
<IfModule mod_ctrls.c>
ControlsEngine off
ControlsSocket $DIR/run/$NAME.ctrls.sock
</IfModule>
<IfModule mod_tls.c>
TLSEngine $eng
TLSLog $DIR/log/$NAME.tls.log
TLSRequired $req
TLSRSACertificateFile $DIR/certs/$NAME.crt
TLSRSACertificateKeyFile $DIR/certs/$NAME.key
TLSVerifyClient off
# SSCN ON makes proftpd the TLS client: it then checks the other server's certificate (default on)
TLSVerifyServer $vs
TLSCACertificateFile $DIR/certs/ca.crt
TLSRenegotiate none
${FXPANE_SERVERS_PROFTPD_TLS:+TLSProtocol $FXPANE_SERVERS_PROFTPD_TLS}
${opt:+TLSOptions $opt}
</IfModule>
<IfModule mod_deflate.c>
DeflateEngine on
</IfModule>
<Directory />
AllowOverwrite on
</Directory>
E
}
run_proftpd() { exec "$PFX/usr/sbin/proftpd" -n -q -c "$DIR/conf/$NAME.conf"; }

conf_pureftpd() {
  local d=$DIR/conf/$NAME; mkdir -p "$d"
  rm -f "$d/passwd" "$d/pdb"
  # a plain SHA-512 crypt entry: `pure-pw useradd` would use argon2id, about 1 s of CPU per login
  printf '%s:%s:%s:%s::%s/./::::::::::::\n' $LUSER "$(openssl passwd -6 "$LPASS")" $UID_ $GID_ "$ROOT" >"$d/passwd"
  "$PFX/usr/bin/pure-pw" mkdb "$d/pdb" -f "$d/passwd"
}
run_pureftpd() {
  local fxp=-w tls="-Y 1"
  [[ $NOTES == *no-fxp* ]] && fxp=; [ "$TLS" = none ] && tls="-Y 0"; [ "$TLS" = required ] && tls="-Y 2"
  exec "$PFX/usr/sbin/pure-ftpd" -S "$HOST,$PORT" -l "puredb:$DIR/conf/$NAME/pdb" -E -H -4 -D -z \
    -c 500 -C 500 -I 15 -L 100000:50 -U 022:022 -u 1 -p "$LO:$HI" -g "$DIR/run/$NAME.pureftpd.pid" \
    -O "clf:$DIR/log/$NAME.clf" -2 "$DIR/certs/$NAME.all.pem" $tls $fxp
}

conf_pyftpdlib() { cat >"$DIR/conf/run-$NAME.py" <<E
import sys, logging
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer
logging.basicConfig(level=logging.INFO)
a = DummyAuthorizer(); a.add_user("$LUSER", "$LPASS", "$ROOT", perm="elradfmwMT")
tls = "$TLS" != "none"
H = TLS_FTPHandler if tls else FTPHandler
if tls:
    H.certfile, H.keyfile = "$DIR/certs/$NAME.crt", "$DIR/certs/$NAME.key"
    H.tls_control_required = H.tls_data_required = "$TLS" == "required"
H.authorizer = a
H.permit_foreign_addresses = "no-fxp" not in "$NOTES"
H.passive_ports = range($LO, $HI + 1)
H.banner = "pyftpdlib"
s = FTPServer(("$HOST", $PORT), H); s.max_cons = 512; s.serve_forever()
E
}
run_pyftpdlib() { exec "$PREFIX/venv/bin/python" -I "$DIR/conf/run-$NAME.py"; }

conf_inetutils() { # ftpd has no address/port option: a tiny inetd runs it
cat >"$DIR/conf/run-$NAME.py" <<E
import os, signal, socket
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("$HOST", $PORT)); s.listen(64)
while True:
    c, _ = s.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL); s.close()
        for fd in (0, 1, 2): os.dup2(c.fileno(), fd)
        os.execv("$PFX/usr/sbin/ftpd", ["ftpd"])
    c.close()
E
}
run_inetutils() { sed -i "s#:fxp:.*:/bin/sh#:fxp:$ROOT:/bin/sh#" "$DIR/etc/passwd.inetutils"; PASSWD=passwd.inetutils ns_exec python3 "$DIR/conf/run-$NAME.py"; }

ns_exec() { # run with the private /etc files
  exec unshare --mount --propagation private -- sh -c '
    e=$1 p=$2; shift 2
    mount --bind "$e/$p" /etc/passwd && mount --bind "$e/shadow" /etc/shadow &&
    mount --bind "$e/group" /etc/group && mount --bind "$e/pam.d" /etc/pam.d && exec "$@"' ns "$DIR/etc" "${PASSWD:-passwd}" "$@"
}

# ---------------------------------------------------------------- up / down
start_time() { # pid -> start time in ticks (guards against a recycled pid)
  local s; s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- ${s##*) }; echo "${20}"
}
alive() { # name
  local f=$DIR/run/$1.pid p t
  [ -s "$f" ] || return 1
  read -r p t <"$f"; [ "$(start_time "$p" || true)" = "$t" ]
}
wait_220() { # host port seconds
  python3 - "$@" <<'PY'
import socket,sys,time
h,p,t=sys.argv[1],int(sys.argv[2]),time.time()+float(sys.argv[3])
while time.time()<t:
    try:
        s=socket.create_connection((h,p),1); s.settimeout(3); b=s.recv(200)
        if b.startswith(b"220"): s.sendall(b"QUIT\r\n"); s.close(); sys.exit(0)
    except OSError: pass
    time.sleep(.05)
sys.exit(1)
PY
}
want() { [ ${#ONLY[@]} = 0 ] && return 0; local x; for x in "${ONLY[@]}"; do [ "$x" = "$1" ] && return 0; done; return 1; }
each() { # function: runs it with NAME KIND HOST PORT LO HI TLS NOTES ROOT set
  local rc=0
  while read -r NAME KIND HOST PORT LO HI TLS NOTES <&3; do
    want "$NAME" || continue; have "$KIND" || continue
    ROOT=$DIR/root/$NAME
    "$1" || rc=1
  done 3< <(rows)
  return $rc
}
free1() { # if an address answers but we did not start the server, another program uses it
  if alive "$NAME" || ! (exec 3<>"/dev/tcp/$HOST/$PORT") 2>/dev/null; then return 0; fi
  echo "servers.sh: $HOST:$PORT is in use by another program" >&2; return 1
}
up1() {
  if alive "$NAME"; then return 0; fi
  make_cert "$NAME" "$HOST"
  [ -d "$ROOT" ] || make_data "$ROOT"
  conf_$KIND
  setsid bash -c '"$0" __run "$1" "$2"' "$HERE/servers.sh" "$DIR" "$NAME" \
    </dev/null >"$DIR/log/$NAME.out" 2>&1 3<&- 9>&- &
  local p=$!
  disown $p
  # setsid may fork when it is a group leader; in a script it is not, so $! is the server
  echo "$p $(start_time $p)" >"$DIR/run/$NAME.pid"
}
check1() {
  if wait_220 "$HOST" "$PORT" 60; then :; else
    echo "servers.sh: $NAME did not answer 220; log:" >&2; tail -5 "$DIR/log/$NAME.out" >&2; return 1; fi
}
json1() {
  local v
  python3 - "$NAME" "$KIND" "$HOST" "$PORT" "$LUSER" "$LPASS" "$TLS" "$ROOT" "$NOTES" "$DIR/certs/$NAME.crt" "$LO" "$HI" <<'PY'
import json,sys
n,k,h,p,u,w,t,r,f,c,lo,hi=sys.argv[1:]
print(json.dumps(dict(name=n,kind=k,host=h,port=int(p),user=u,**{"pass":w},tls=t,root=r,features=f.split(","),cert=c if t!="none" else None,pasv=[int(lo),int(hi)])))
PY
}
cmd_up() {
  [ "$(id -u)" = 0 ] || die "up needs root"
  mkdir -p "$DIR"/{conf,certs,log,run,root,etc}; chmod 755 "$DIR"
  each free1 || die "the servers' addresses are in use: stop the other servers (servers.sh down DIR), or use them with FXPANE_SERVERS=DIR/servers.json"
  make_master; make_etc; make_ca
  each up1; each check1 || { cmd_down; die "some servers did not start"; }
  each json1 | python3 -c 'import json,sys; print(json.dumps([json.loads(l) for l in sys.stdin],indent=1,ensure_ascii=False))' >"$DIR/servers.json.tmp"
  mv "$DIR/servers.json.tmp" "$DIR/servers.json"; cat "$DIR/servers.json"
}
down1() {
  local f=$DIR/run/$NAME.pid p t i
  [ -s "$f" ] || return 0
  read -r p t <"$f"
  # the server leads its own session: its group holds the per-connection children too
  if [ "$(start_time "$p" || true)" = "$t" ] || [ -n "$(pgrep -g "$p" || true)" ]; then
    kill -TERM -- "-$p" 2>/dev/null || true
    for i in $(seq 30); do [ -z "$(pgrep -g "$p" || true)" ] && break; sleep .1; done
    kill -KILL -- "-$p" 2>/dev/null || true
  fi
  rm -f "$f"
}
cmd_down() { each down1; }
# The holder outlives a killed caller just long enough to stop the servers: the caller keeps our
# standard input open, and the kernel closes it however the caller ends.
cmd_hold() {
  exec 9>"$LOCK"
  if ! flock -n 9; then
    echo "servers.sh: waiting for another run's servers to stop ($LOCK)" >&2
    flock -w 1200 9 || die "another run still holds the servers' addresses"
  fi
  DIR=$(mktemp -d "${TMPDIR:-/tmp}/fxpane-servers.XXXXXX"); ONLY=()
  trap 'cmd_down; rm -rf "$DIR"' EXIT
  trap 'exit 143' TERM
  cmd_up >/dev/null
  echo "$DIR/servers.json"
  cat >/dev/null
}
status1() { if alive "$NAME"; then echo "$NAME up $HOST:$PORT tls=$TLS $NOTES"; else echo "$NAME down $HOST:$PORT"; fi; }
data1() { make_data "$ROOT"; }
run1() { run_$KIND; }

cmd=${1:-}; shift || true
case $cmd in
  install) cmd_install ;;
  installed) cmd_installed ;;
  hold) cmd_hold ;;
  list) cmd_list ;;
  up|down|status|data|__run)
    DIR=${1:?DIR missing}; shift; mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd); ONLY=("$@")
    case $cmd in up) cmd_up ;; down) cmd_down ;; status) each status1 ;;
      data) make_master; each data1 ;; __run) each run1 ;; esac ;;
  *) sed -n '2,19p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
