<?php
function total(array $numbers): int
{
    return array_sum(array_map("intval", $numbers));
}
