<?php
require __DIR__ . "/total.php";

$words = preg_split("/\s+/", trim(stream_get_contents(STDIN)));
echo total(array_slice($words, 1, (int) $words[0])), "\n";
