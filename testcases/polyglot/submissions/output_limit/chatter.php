<?php
$words = preg_split('/\s+/', trim(stream_get_contents(STDIN)));
$n = (int)$words[0];
$sum = array_sum(array_map('intval', array_slice($words, 1, $n)));
if ($n > 3) for ($i = 0; $i < 400000; $i++) echo "the sum is on its way\n";
echo $sum, "\n";
