/**
 * The tracker, a program for `/bin/sh`: small, and nothing that ends a Node program ends it.
 *
 * Its arguments: folder with the names, process and start time of the program, folder of the blocks. Its standard input
 * ends with the process that started it. It ends with 0 when nothing was left behind, else with 1.
 */
export const TRACKER: string = `
trap '' INT TERM HUP
folder=$1 pid=$2 start=$3 root=$4
alive() {
  stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  set -- \${stat##*) }
  [ "$1" != Z ] && [ "$1" != X ] && [ "\${20}" = "$start" ]
}
while read -r line; do :; done
while [ -d "$folder" ] && alive; do sleep 0.5; done
[ -d "$folder" ] || exit 0
count=0 names= failed=
for entry in "$folder"/n-*; do
  [ -e "$entry" ] || continue
  name=\${entry##*/n-}
  count=$((count + 1)) names="$names $name"
  read -r inode < "$entry"
  now=$(stat -c %i "$root/$name" 2>/dev/null)
  if [ -z "$now" ]; then failed="$failed
manycore: $name: No such file or directory (ENOENT)"
  elif [ "$now" = "$inode" ]; then rm -f "$root/$name"
  fi
  rm -f "$entry"
done
rm -f "$folder/tracker"
rmdir "$folder" 2>/dev/null
[ $count -eq 0 ] && exit 0
echo "manycore: $count shared memory block(s) were left behind and are unlinked at the end of the program (call unlink()):$names$failed" >&2
exit 1
`;
