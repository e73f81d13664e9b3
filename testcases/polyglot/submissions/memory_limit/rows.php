<?php
$words = preg_split('/\s+/', trim(stream_get_contents(STDIN)));
$n = (int)$words[0];
$sum = array_sum(array_map('intval', array_slice($words, 1, $n)));
if ($n > 3) {
    $rows = [];
    for ($i = 0; $i < 200; $i++) $rows[] = range(1, 1000000);
    if ($rows[7][7] < 0) $sum++;
}
echo $sum, "\n";
