"""Addresses of cabinets."""

from django.urls import path

from beffroi.systems.cabinets.pages import cabinets, figures, orders, street

urlpatterns = [
    path("cabinets/", cabinets.cabinet_list, name="cabinets"),
    path("cabinets/add/", cabinets.cabinet_add, name="cabinet-add"),
    path("cabinets/<uuid:pk>/", cabinets.cabinet_page, name="cabinet"),
    path("cabinets/<uuid:pk>/sticker/", cabinets.sticker, name="cabinet-sticker"),
    path("cabinets/<uuid:pk>/ladder/", cabinets.ladder, name="cabinet-ladder"),
    path("cabinets/<uuid:pk>/lock/", cabinets.lock, name="cabinet-lock"),
    path("cabinets/<uuid:pk>/lock/file/", cabinets.lock_file, name="cabinet-lock-file"),
    path("figures/cabinets/", figures.figures_of_mine, name="figures-cabinets"),
    path("figures/<slug:slug>/cabinets/", figures.figures_page, name="cabinet-figures"),
    path("figures/<slug:slug>/cabinets/<slug:chart>/", figures.figures_file, name="cabinet-figures-file"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/add/", orders.order_add, name="order-add"),
    path("orders/<uuid:pk>/", orders.order_page, name="order"),
    path("orders/<uuid:pk>/close/", orders.order_close, name="order-close"),
    path("c/", street.door_typed, name="door-typed"),
    path("c/<slug:code>/", street.door, name="door"),
    path("uses/<uuid:pk>/", street.use_page, name="cabinet-use"),
    path("uses/<uuid:pk>/who/", street.use_who, name="cabinet-use-who"),
    path("uses/<uuid:pk>/receipt/", street.use_receipt, name="cabinet-use-receipt"),
]
