#!/bin/sh
# What `make demo` runs: ingest the samples, ask for a fact, follow up, ask for a summary, a timeline,
# headlines and what no article answers, stay for a chat.
set -eu
rawi=${RAWI:-.venv/bin/rawi}
cd "$(dirname "$0")/.."

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }

ask() {
    say "$1"
    "$rawi" ask "$1" --thread demo
}

"$rawi" ingest samples
ask 'من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟'
ask 'ماذا قال نتنياهو عن البرنامج النووي الإيراني؟'
ask 'ومن انتقد تصريحاته؟'
ask 'لخّص لي خبر الحكم على مدير جمارك نورسة السابق'
ask 'رتّب لي أحداث زلزال السفوح زمنيًا'
ask 'أعطني أربعة أخبار رياضية'
ask 'كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟'

if [ -t 0 ]; then
    say 'دورك الآن:'
    exec "$rawi" chat
fi
