<?php
$sum = 1 +;
echo $sum;
