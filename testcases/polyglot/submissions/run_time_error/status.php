<?php
$words = preg_split('/\s+/', trim(stream_get_contents(STDIN)));
$n = (int)$words[0];
$sum = array_sum(array_map('intval', array_slice($words, 1, $n)));
if ($n > 3) {
    echo $sum, "\n";
    exit(3);
}
echo $sum, "\n";
